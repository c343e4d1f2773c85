"""From an order document to what is sent, remembered and compared.

Belongs here: the content hash, the canonical JSON that the log keeps, the order as it is saved, the credit note of what was sent.
Does not: build documents (orders/), decide what is sent (order_deciding.py).

The log keeps no personal data: references, addresses, e-mails, phones and texts count in the hash and stand nowhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict

from frontline_pipeline.accounting.money import Ore, text
from frontline_pipeline.office.models import TaxCode
from frontline_pipeline.orders.model import OrderDocument, OrderRow
from frontline_pipeline.posting.errors import LogUnusable
from frontline_pipeline.posting.order_port import OrderToSave, RowTax, RowToSave
from frontline_pipeline.settings_orders import Form

_NOT_CONTENT = ("business_day", "form", "status", "kind", "source", "external_status", "automatic_sending")
"""What may change without being another order: where it stands in the pipeline, and the form of what is out already."""


class SentRow(TypedDict):
    """One row of the payload; `line` is its number in Frontline, `tax` the tax code that it states."""

    line: str
    kind: str
    product: int | None
    quantity: int
    price: Ore
    discount: int
    tax: str | None
    department: int | None
    project: int | None
    dimensions: list[tuple[int, str]]


class SentOrder(TypedDict):
    """What the log keeps of an order: keys, numbers and amounts."""

    order: str
    customer_key: str
    customer: int
    form: Form
    status: str
    credit: bool
    original: int | None
    original_invoice: int | None
    date: str
    invoiced: str | None
    currency: str
    incl_vat: bool
    total: Ore
    total_excl_vat: Ore
    tolerance: Ore
    kid: str | None
    payment_days: int | None
    department: int | None
    project: int | None
    external: int | None
    receipts: list[tuple[str, str]]
    rows: list[SentRow]


def order_hash(found: OrderDocument) -> str:
    """SHA-256 (hex) of what the order says. Form and status do not count: a document that is out keeps its form."""
    content = asdict(found)
    for name in _NOT_CONTENT:
        content.pop(name)
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def order_payload(
    found: OrderDocument, form: Form, status: str, tolerance: Ore, original: tuple[int, int | None] | None
) -> str:
    """Canonical JSON of what is sent; `original`: order and invoice number of what a credit note refers to."""
    content: SentOrder = {
        "order": found.order_id,
        "customer_key": found.customer,
        "customer": found.customer_id,
        "form": form,
        "status": status,
        "credit": found.credit,
        "original": original[0] if original else None,
        "original_invoice": original[1] if original else None,
        "date": found.ordered_on.isoformat(),
        "invoiced": found.business_day.isoformat() if form == "invoice" else None,
        "currency": found.currency,
        "incl_vat": found.prices == "incl_vat",
        "total": found.total,
        "total_excl_vat": found.total_excl_vat,
        "tolerance": tolerance,
        "kid": found.kid,
        "payment_days": found.payment_days,
        "department": found.department_id,
        "project": found.project_id,
        "external": found.external_status,
        "receipts": [(each.register, each.receipt_id) for each in found.receipts],
        "rows": [_sent_row(row) for row in found.rows],
    }
    return _canonical(content)


def _sent_row(row: OrderRow) -> SentRow:
    return {
        "line": row.line_id,
        "kind": row.kind,
        "product": row.product_id,
        "quantity": row.quantity,
        "price": row.price,
        "discount": row.discount,
        "tax": row.tax_code,
        "department": row.department_id,
        "project": row.project_id,
        "dimensions": list(row.dimensions),
    }


def read_order(stored: str, of: str) -> SentOrder:
    """The payload of a stored order. Raises LogUnusable when the log holds something else under that reference."""
    try:
        content: SentOrder = json.loads(stored)
        dt.date.fromisoformat(content["date"])
        for row in content["rows"]:
            row["dimensions"] = [(type_id, value) for type_id, value in row["dimensions"]]
        content["receipts"] = [(register, receipt) for register, receipt in content["receipts"]]
    except (ValueError, KeyError, TypeError):
        raise LogUnusable(
            f"the payload of order {of} in the posting log cannot be read",
            kind="payload",
            next_step="restore the posting log from its backup; the row was changed by something else",
        ) from None
    return content


def to_save(
    found: OrderDocument, sent: SentOrder, reference: str, tax_codes: Mapping[str, TaxCode], by_id: bool
) -> OrderToSave:
    """The order as a new one of 24SevenOffice. Raises KeyError for a tax code that is not in `tax_codes`."""
    return OrderToSave(
        reference=reference,
        order_id=None,
        customer_id=found.customer_id,
        status=sent["status"],
        ordered_on=found.ordered_on,
        invoiced_on=dt.date.fromisoformat(sent["invoiced"]) if sent["invoiced"] else None,
        prices_incl_vat=sent["incl_vat"],
        currency=found.currency,
        rows=tuple(
            _row(kept, row.text, tax_codes, by_id, position)
            for position, (kept, row) in enumerate(zip(sent["rows"], found.rows, strict=True), 1)
        ),
        payment_days=found.payment_days,
        your_reference=found.reference,
        kid=found.kid,
        title=found.title,
        delivery=found.delivery,
        delivery_date=found.delivery_date,
        distribution=found.distribution,
        automatic_sending=found.automatic_sending,
        invoice_email=found.invoice_email,
        department_id=found.department_id,
        project_id=found.project_id,
        external_status=found.external_status,
        reference_order_id=sent["original"],
        reference_invoice_id=sent["original_invoice"],
    )


def _row(kept: SentRow, words: str | None, tax_codes: Mapping[str, TaxCode], by_id: bool, position: int) -> RowToSave:
    code = tax_codes[kept["tax"]] if kept["tax"] is not None else None
    return RowToSave(
        kind=kept["kind"],
        product_id=kept["product"],
        text=words,
        quantity=kept["quantity"],
        price=kept["price"],
        discount=kept["discount"],
        tax=None
        if code is None
        else RowTax(str(code.tax_id) if by_id else code.number, code.rate_millipercent, code.account_no),
        department_id=kept["department"],
        project_id=kept["project"],
        dimensions=tuple(kept["dimensions"]),
        sequence=position,
    )


def credit_of(sent: SentOrder, order_id: int, invoice_id: int | None, day: dt.date) -> SentOrder:
    """The credit note that takes back all of an invoice: the same rows with quantities turned, referring to it."""
    rows: list[SentRow] = [{**row, "quantity": -row["quantity"]} for row in sent["rows"]]
    return {
        **sent,
        "credit": not sent["credit"],
        "original": order_id,
        "original_invoice": invoice_id,
        "invoiced": day.isoformat(),
        "total": -sent["total"],
        "total_excl_vat": -sent["total_excl_vat"],
        "kid": None,
        "receipts": [],
        "rows": rows,
    }


def credit_to_save(sent: SentOrder, reference: str, tax_codes: Mapping[str, TaxCode], by_id: bool) -> OrderToSave:
    """A credit note as it is sent: from the log alone, so without what is personal."""
    return OrderToSave(
        reference=reference,
        order_id=None,
        customer_id=sent["customer"],
        status=sent["status"],
        ordered_on=dt.date.fromisoformat(sent["date"]),
        invoiced_on=dt.date.fromisoformat(sent["invoiced"]) if sent["invoiced"] else None,
        prices_incl_vat=sent["incl_vat"],
        currency=sent["currency"],
        rows=tuple(_row(row, None, tax_codes, by_id, position) for position, row in enumerate(sent["rows"], 1)),
        department_id=sent["department"],
        project_id=sent["project"],
        external_status=sent["external"],
        reference_order_id=sent["original"],
        reference_invoice_id=sent["original_invoice"],
    )


def encode_order(content: SentOrder) -> str:
    """Canonical JSON of a payload."""
    return _canonical(content)


def order_differences(stored: SentOrder, found: OrderDocument) -> list[str]:
    """What an order says otherwise than the payload in the log, in words without anything personal."""
    new = {
        "customer": (stored["customer"], found.customer_id),
        "currency": (stored["currency"], found.currency),
        "total incl. VAT": (text(stored["total"]), text(found.total)),
        "total excl. VAT": (text(stored["total_excl_vat"]), text(found.total_excl_vat)),
        "KID": (stored["kid"], found.kid),
        "payment days": (stored["payment_days"], found.payment_days),
    }
    told = [f"{what}: {was} -> {now}" for what, (was, now) in new.items() if was != now]
    before = {row["line"]: row for row in stored["rows"]}
    after = {row.line_id: _sent_row(row) for row in found.rows}
    for name, lines in (
        ("new", after.keys() - before.keys()),
        ("gone", before.keys() - after.keys()),
        ("changed", {line for line in before.keys() & after.keys() if before[line] != after[line]}),
    ):
        if lines:
            shown = sorted(lines, key=lambda line: (len(line), line))
            told.append(f"{len(lines)} rows {name}: {', '.join(shown[:5])}{' ...' if len(shown) > 5 else ''}")
    return told or ["reference, address or texts"]


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
