"""The Invoice service behind the posting room's own nouns.

Belongs here: OrderToSave -> office Order, and back: units (thousandths and øre to Decimal), what an item's outcome means.
Does not: SOAP (office/invoices.py), decide what is sent (order_sending.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from frontline_pipeline.accounting.money import Ore, kroner
from frontline_pipeline.office.errors import OfficeError, Rejected
from frontline_pipeline.office.invoices import InvoicePort
from frontline_pipeline.office.items import ItemOutcome
from frontline_pipeline.office.models_companies import Address as OfficeAddress
from frontline_pipeline.office.models_companies import Addresses
from frontline_pipeline.office.models_orders import Order, OrderDistribution, OrderLine, OrderStatus, TaxSettings
from frontline_pipeline.orders.model import Address
from frontline_pipeline.posting.order_port import OrderFound, OrderSaved, OrderToSave, RowFound, RowToSave

_THOUSAND = Decimal(1000)
_TITLE = 300
"""InvoiceTitle; a longer comment goes as InvoiceText (API.md section 6)."""
_DISTRIBUTION: dict[str, OrderDistribution] = {
    "unchanged": "Unchanged",
    "print": "Print",
    "email": "EMail",
    "electronic": "ElectronicInvoice",
}
_OF_ITEM = frozenset({"exception", "order"})
"""Kinds of refusals that are about one item alone (office/items.py)."""


class OfficeOrders:
    """OrderPort over the Invoice service."""

    def __init__(self, invoices: InvoicePort) -> None:
        self._invoices = invoices

    def save_orders(self, orders: Sequence[OrderToSave]) -> list[OrderSaved]:
        """One request; raises Rejected when 24SevenOffice refused the request as a whole."""
        outcomes = self._invoices.save([_order(each) for each in orders])
        whole = [each.error for each in outcomes if each.state == "refused" and not _of_item(each.error)]
        if len(outcomes) > 1 and len(whole) == len(outcomes) and isinstance(whole[0], Rejected):
            raise whole[0]
        return [_saved(each) for each in outcomes]

    def find_orders(
        self,
        *,
        order_ids: Sequence[int] = (),
        customer_ids: Sequence[int] = (),
        changed_after: dt.datetime | None = None,
    ) -> list[OrderFound]:
        """Orders by id, or of customers; each once."""
        found: list[Order] = []
        if order_ids:
            found += self._invoices.by_order_ids(order_ids)
        if customer_ids:
            found += self._invoices.by_customers(customer_ids, changed_after)
        return list({each.order_id: each for each in map(_found, found)}.values())

    def registered_orders(self, since: dt.datetime) -> list[int]:
        """One call, whatever their number."""
        return self._invoices.changed_order_ids(since)


def _of_item(error: OfficeError | None) -> bool:
    return error is not None and error.kind in _OF_ITEM


def _saved(outcome: ItemOutcome[Order]) -> OrderSaved:
    if outcome.answer is not None and outcome.state == "saved":
        return OrderSaved(outcome.answer.order_id, outcome.answer.invoice_id or None)
    if outcome.state == "refused" and _of_item(outcome.error):
        return OrderSaved(None, refusal=str(outcome.error))
    return OrderSaved(None, failure=outcome.error)


def _order(sent: OrderToSave) -> Order:
    title = sent.title or None
    short = title is None or len(title) <= _TITLE
    return Order(
        customer_id=sent.customer_id,
        order_id=sent.order_id,
        status=cast(OrderStatus, sent.status),
        reference_number=sent.reference,
        external_status=sent.external_status,
        ordered_on=sent.ordered_on,
        invoiced_on=sent.invoiced_on,
        delivered_on=sent.delivery_date,
        include_vat=sent.prices_incl_vat,
        payment_days=sent.payment_days,
        currency=sent.currency,
        title=title if short else None,
        text=None if short else title,
        ocr=sent.kid,
        your_reference=sent.your_reference,
        delivery_name=sent.delivery.name or None if sent.delivery else None,
        delivery_phone=sent.delivery.phone or None if sent.delivery else None,
        addresses=Addresses(delivery=_address(sent.delivery)) if sent.delivery else None,
        invoice_email=sent.invoice_email,
        distributor="Default" if sent.automatic_sending else "Manual",
        distribution=_DISTRIBUTION[sent.distribution] if sent.distribution else None,
        project_id=sent.project_id,
        department_id=sent.department_id,
        credited_invoice_id=sent.reference_invoice_id,
        credited_order_id=sent.reference_order_id,
        lines=tuple(_line(row) for row in sent.rows),
    )


def _address(found: Address) -> OfficeAddress:
    return OfficeAddress(
        street=found.street or None,
        postal_code=found.postal_code or None,
        postal_area=found.city or None,
        name=found.name or None,
        country=found.country or "NO",
    )


def _line(row: RowToSave) -> OrderLine:
    if row.change == "Delete":
        return OrderLine(row_id=row.row_id, change="Delete", kind="Text" if row.kind == "text" else "Normal")
    if row.kind == "text":
        return OrderLine(row_id=row.row_id, change=row.change, kind="Text", name=row.text, sequence_no=row.sequence)
    return OrderLine(
        product_id=row.product_id,
        row_id=row.row_id,
        change=row.change,
        name=row.text,
        price=kroner(row.price),
        quantity=Decimal(row.quantity) / _THOUSAND,
        discount_rate=Decimal(row.discount) / _THOUSAND if row.discount else None,
        sequence_no=row.sequence,
        project_id=row.project_id,
        department_id=row.department_id,
        tax=None
        if row.tax is None
        else TaxSettings(
            tax_code=int(row.tax.code), tax_account=row.tax.account, tax_rate=Decimal(row.tax.rate) / _THOUSAND
        ),
        dimensions=row.dimensions,
    )


def _found(order: Order) -> OrderFound:
    rows = list(order.lines or ())
    if all(row.sequence_no is not None for row in rows):
        rows.sort(key=lambda row: row.sequence_no or 0)
    return OrderFound(
        order_id=order.order_id or 0,
        # 0 is the service's "not set".
        invoice_id=order.invoice_id or None,
        reference=order.reference_number or "",
        customer_id=order.customer_id,
        status=order.status or "",
        total=_ore(order.total_incl_vat),
        total_vat=_ore(order.total_vat),
        rows=tuple(
            RowFound(
                row_id=row.row_id or 0,
                kind="item" if row.kind == "Normal" else "text",
                product_id=row.product_id,
                quantity=_scaled(row.quantity),
                price=_ore(row.price),
                discount=_scaled(row.discount_rate),
            )
            for row in rows
        ),
        # 0 is the service's "not set" here too.
        credits_order=order.credited_order_id or None,
        credits_invoice=order.credited_invoice_id or None,
    )


def _ore(amount: Decimal | None) -> Ore:
    """Øre of an amount that is read; a fraction of an øre shows as another øre, so that it is never equal by chance of rounding."""
    return _whole((amount or Decimal(0)) * 100)


def _scaled(value: Decimal | None) -> int:
    return _whole((value or Decimal(0)) * _THOUSAND)


def _whole(value: Decimal) -> int:
    whole = int(value.to_integral_value())
    return whole if whole == value else whole + (1 if value > 0 else -1)
