"""From proven orders to order documents: the form by the settings, customer and products by their keys, rows as they are sent.

Belongs here: the frames of order documents, made by column; which orders are held for want of a customer, product or price.
Does not: prove the delivered frames (proof.py), make orders of receipts (from_sales.py), send (posting/).

Kind follows the total (scenario E12): an order whose total is below zero is a credit note, never an invoice of a negative sum
(E11); it needs the order that it refers to.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.plain import column, tuples
from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.orders import ORDER_DOCUMENTS, ORDER_HOLDS, ORDER_RECEIPTS, ORDER_ROWS
from frontline_pipeline.orders.arithmetic import amounts_of, one_piece, unit_price
from frontline_pipeline.orders.model import Keys, OrderHold, ProductKey
from frontline_pipeline.orders.proof import standard_code
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_orders import Form, Prices

_STATUS: Mapping[Form, str] = {"draft": "Draft", "invoice": "Invoiced"}
_PASSED = ("payment_days", "reference", "kid", "delivery_date", "invoice_email")
_DELIVERY = ("name", "street", "postal_code", "city", "country", "phone")
_FEW = 5


@dataclass(frozen=True)
class Source:
    """Where orders come from: `order` (delivered) or `sales`; with the document key of each and the receipts they hold."""

    name: str
    keys: Mapping[str, str]
    """Order id -> document key."""
    receipts: pd.DataFrame
    """Columns order_id, register, receipt_id, z_number, business_day, original_receipt."""


@dataclass(frozen=True)
class Built:
    """Documents and their rows as frames (frames/orders.py), and what is held."""

    documents: pd.DataFrame
    rows: pd.DataFrame
    receipts: pd.DataFrame
    holds: tuple[OrderHold, ...]


def delivered(orders: pd.DataFrame, profile: StoreProfile) -> Source:
    """The source of delivered orders: `store/order/<id>`; an order may name the receipt that it was rung up on."""
    named = orders[orders["register"].notna() & orders["receipt_id"].notna()]
    receipts = named[["order_id", "register", "receipt_id"]].assign(z_number=None, original_receipt=None)
    return Source("order", {each: f"{profile.code}/order/{each}" for each in orders["order_id"]}, receipts)


def build_documents(
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    source: Source,
    profile: StoreProfile,
    keys: Keys,
    held: Mapping[str, Finding],
    day: dt.date,
) -> Built:
    """The documents of proven orders. `held`: orders that the proof holds, with why; they become holds."""
    holds = {
        order_id: OrderHold(order_id, finding.rule, finding.message, finding.next_step)
        for order_id, finding in held.items()
    }
    good = orders[~orders["order_id"].isin(list(holds))]
    for hold in (*_without_customer(good, keys), *_without_product(good, lines, keys)):
        holds.setdefault(hold.order_id, hold)
    good = good[~good["order_id"].isin(list(holds))].reset_index(drop=True)
    rows = _rows(good, lines[lines["order_id"].isin(good["order_id"])], profile, keys, day)
    for hold in _wrong_totals(good, rows, profile):
        holds.setdefault(hold.order_id, hold)
    good = good[~good["order_id"].isin(list(holds))].reset_index(drop=True)
    rows = rows[rows["order_id"].isin(good["order_id"])].reset_index(drop=True)
    rows = rows.assign(document_key=rows["order_id"].map(source.keys))
    receipts = source.receipts[source.receipts["order_id"].isin(good["order_id"])]
    receipts = receipts.assign(document_key=receipts["order_id"].map(source.keys))
    return Built(
        require(ORDER_DOCUMENTS.conform(_documents(good, source, profile, keys)), ORDER_DOCUMENTS),
        require(ORDER_ROWS.conform(rows), ORDER_ROWS),
        require(ORDER_RECEIPTS.conform(receipts), ORDER_RECEIPTS),
        tuple(holds.values()),
    )


def united(*built: Built) -> dict[str, pd.DataFrame]:
    """The frames of several sources as one bundle's."""
    holds = [each for one in built for each in one.holds]
    frames = {
        ORDER_DOCUMENTS.name: pd.concat([one.documents for one in built], ignore_index=True),
        ORDER_ROWS.name: pd.concat([one.rows for one in built], ignore_index=True),
        ORDER_RECEIPTS.name: pd.concat([one.receipts for one in built], ignore_index=True),
    }
    told = pd.DataFrame(
        [(each.order_id, each.rule, each.message, each.next_step) for each in holds],
        columns=list(ORDER_HOLDS.column_names),
    )
    specs = (ORDER_DOCUMENTS, ORDER_ROWS, ORDER_RECEIPTS)
    return {
        **{spec.name: require(spec.conform(frames[spec.name]), spec) for spec in specs},
        ORDER_HOLDS.name: ORDER_HOLDS.conform(told),
    }


def _without_customer(orders: pd.DataFrame, keys: Keys) -> list[OrderHold]:
    lacking = orders[~orders["customer"].isin(list(keys.customers))]
    return [
        OrderHold(
            order_id,
            "order_customer",
            f"Order {order_id}: customer {customer} has no number in 24SevenOffice"
            + (f": {keys.held_customers[customer]}" if customer in keys.held_customers else "."),
            "Deliver the customer, or mend what holds it (matched_customers of this store-day), then run the store-day again.",
        )
        for order_id, customer in zip(lacking["order_id"], lacking["customer"], strict=True)
    ]


def _without_product(orders: pd.DataFrame, lines: pd.DataFrame, keys: Keys) -> list[OrderHold]:
    items = lines[(lines["kind"] == "item") & lines["order_id"].isin(orders["order_id"])]
    lacking = items[~items["article"].isin(list(keys.products))]
    found: list[OrderHold] = []
    for order_id, of in lacking.groupby("order_id", sort=False):
        articles = [str(each) if isinstance(each, str) else "(none)" for each in of["article"].drop_duplicates()]
        why = "; ".join(keys.held_products[each] for each in articles if each in keys.held_products)
        named = ", ".join(articles[:_FEW]) + (f" and {len(articles) - _FEW} more" if len(articles) > _FEW else "")
        found.append(
            OrderHold(
                str(order_id),
                "order_product",
                f"Order {order_id}: article {named} has no product in 24SevenOffice" + (f": {why}" if why else "."),
                "Deliver the product, or mend what holds it (matched_products of this store-day), then run the store-day again.",
            )
        )
    return found


def _rows(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, keys: Keys, day: dt.date) -> pd.DataFrame:
    """The rows with product, price and VAT, in the order delivered; `order_id` and `prices` stay for the caller."""
    kind_of = dict(zip(orders["order_id"], orders["kind"], strict=True))
    of_orders = column(lines, "order_id")
    prices: list[Prices] = [profile.orders.kinds[kind_of[each]].prices for each in of_orders]
    found = [keys.products.get(each) if each is not None else None for each in column(lines, "article")]
    pieces = [_priced(*values) for values in zip(prices, tuples(lines, _PRICED), strict=True)]
    store, rules = profile.store, profile.orders
    usual = {
        "department_id": rules.department_id or store.department_id,
        "project_id": rules.project_id or store.project_id,
    }
    return pd.DataFrame(
        {
            "order_id": of_orders,
            "prices": prices,
            "position": lines.groupby("order_id", sort=False).cumcount().to_numpy() + 1,
            "line_id": column(lines, "line_id"),
            "kind": column(lines, "kind"),
            "article": column(lines, "article"),
            "product_id": pd.array([each.product_id if each else None for each in found], dtype="Int64"),
            "text": pd.Series([piece.text for piece in pieces], dtype="str"),
            "quantity": pd.array([piece.quantity for piece in pieces], dtype="int64"),
            "price": pd.array([piece.price for piece in pieces], dtype="int64"),
            "discount": pd.array([piece.discount for piece in pieces], dtype="int64"),
            "amount": lines["amount"].to_numpy(),
            "amount_excl_vat": lines["amount_excl_vat"].to_numpy(),
            "rate": pd.array([piece.rate for piece in pieces], dtype="Int64"),
            "tax_code": pd.Series(_stated_codes(lines, pieces, found, profile, day), dtype="str"),
            **{
                name: pd.array([_own(each, value) for each in column(lines, name)], dtype="Int64")
                for name, value in usual.items()
            },
            "dimensions": json.dumps(sorted(store.dimensions.items())),
        }
    )


class _Priced(NamedTuple):
    """What a row sells: quantity in thousandths, unit price in øre, discount and rate in thousandths of a percent."""

    quantity: int
    price: Ore
    discount: int
    rate: int | None
    text: str | None


_PRICED = ("kind", "quantity", "price", "discount", "rate", "amount", "text")


def _priced(prices: Prices, values: tuple[Any, ...]) -> _Priced:
    kind, quantity, price, discount, rate, amount, text = values
    if kind == "text":
        return _Priced(0, 0, 0, None, text)
    discount = discount or 0
    if prices == "excl_vat":
        return _Priced(quantity, price, discount, rate, text)
    incl = unit_price(quantity, amount, discount)
    if incl is not None:
        return _Priced(quantity, incl, discount, rate, text)
    # No price in whole øre gives the row's amount: it goes as one piece, and its text says how many.
    return _Priced(1000, amount, 0, rate, one_piece(quantity, text))


def _stated_codes(
    lines: pd.DataFrame,
    pieces: Sequence[_Priced],
    products: Sequence[ProductKey | None],
    profile: StoreProfile,
    day: dt.date,
) -> list[str | None]:
    """The tax code that each row states (TaxSettings, API.md section 6); None where the product's own VAT is right."""
    when = profile.orders.tax_settings
    known: dict[tuple[str | None, int], str | None] = {}
    out: list[str | None] = []
    for code, piece, product in zip(column(lines, "vat_code"), pieces, products, strict=True):
        rate = piece.rate
        differs = product is None or product.rate != rate
        if rate is None or when == "never" or (when == "where_differs" and not differs):
            out.append(None)
            continue
        if (code, rate) not in known:
            known[code, rate] = _tax_code(code, rate, profile, day)
        out.append(known[code, rate])
    return out


def _wrong_totals(orders: pd.DataFrame, rows: pd.DataFrame, profile: StoreProfile) -> list[OrderHold]:
    """Orders whose totals 24SevenOffice would compute otherwise, by more than the settings allow."""
    if rows.empty:
        return []
    incl, excl = amounts_of(rows, rows["prices"])
    sums = pd.DataFrame({"order_id": rows["order_id"], "incl": incl, "excl": excl}).groupby("order_id").sum()
    found = orders.set_index("order_id")[["total", "total_excl_vat"]].join(sums)
    off = (found["total"] - found["incl"]).abs().combine((found["total_excl_vat"] - found["excl"]).abs(), max)
    wrong = found[off > profile.orders.total_tolerance]
    return [
        OrderHold(
            str(order_id),
            "order_total_computed",
            f"Order {order_id}: 24SevenOffice would compute {display(incl_there)} incl. and {display(excl_there)} excl. VAT from "
            f"its rows, the order says {display(said)} and {display(said_net)}.",
            "Deliver the rows with VAT of their net, or set prices: incl_vat for this kind under orders.kinds, or allow the øre "
            "with orders.total_tolerance.",
        )
        for order_id, said, said_net, incl_there, excl_there in zip(
            wrong.index,
            *(column(wrong, name) for name in ("total", "total_excl_vat", "incl", "excl")),
            strict=True,
        )
    ]


def _tax_code(code: str | None, rate: int, profile: StoreProfile, day: dt.date) -> str | None:
    standard = standard_code(code, rate, profile, day)
    return profile.rules.vat_codes[standard].tax_code if standard is not None else None


def _documents(orders: pd.DataFrame, source: Source, profile: StoreProfile, keys: Keys) -> pd.DataFrame:
    rules = profile.orders
    kinds = [rules.kinds[each] for each in orders["kind"]]
    store = profile.store
    order_keys = [source.keys[each] for each in orders["order_id"]]
    out = pd.DataFrame(
        {
            "document_key": pd.Series(order_keys, dtype="str"),
            "order_id": orders["order_id"],
            "source": pd.Series([source.name] * len(orders), dtype="str"),
            "kind": orders["kind"],
            "form": pd.Series([each.form for each in kinds], dtype="str"),
            "status": pd.Series([_STATUS.get(each.form, each.status) for each in kinds], dtype="str"),
            "credit": (orders["total"] < 0).astype("bool"),
            "original_order": orders["original_order"],
            "customer": orders["customer"],
            "customer_id": orders["customer"].map(keys.customers).astype("int64"),
            "ordered_on": orders["ordered_at"].dt.tz_localize(None).dt.normalize(),
            "currency": orders["currency"],
            "total": orders["total"],
            "total_excl_vat": orders["total_excl_vat"],
            "prices": pd.Series([each.prices for each in kinds], dtype="str"),
            "title": _filled(orders["text"], [each.title or None for each in kinds]),
            "distribution": _filled(orders["distribution"], [each.distribution for each in kinds]),
            "automatic_sending": pd.Series([each.automatic_sending for each in kinds], dtype="bool"),
            **{name: orders[name] for name in _PASSED},
            **{f"delivery_{name}": orders[f"delivery_{name}"] for name in _DELIVERY},
        }
    )
    out["department_id"] = pd.array([rules.department_id or store.department_id] * len(out), dtype="Int64")
    out["project_id"] = pd.array([rules.project_id or store.project_id] * len(out), dtype="Int64")
    out["external_status"] = pd.array([_external(each, rules.external_status) for each in order_keys], dtype="Int64")
    return out


def _external(key: str, within: tuple[int, int] | None) -> int | None:
    """A number of the range that follows from the key alone, so that an order is found by it whatever the log still knows. Two
    keys may share one: what is found is told apart by ReferenceNumber."""
    if within is None:
        return None
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return within[0] + digest % (within[1] - within[0] + 1)


def _filled(values: pd.Series, usual: list[str | None]) -> pd.Series:
    chosen = [each if isinstance(each, str) and each else other for each, other in zip(values, usual, strict=True)]
    return pd.Series(chosen, dtype="str")


def _own(value: int | None, usual: int | None) -> int | None:
    """A row's own number; 0 says none, empty says the usual one."""
    return usual if value is None else value or None
