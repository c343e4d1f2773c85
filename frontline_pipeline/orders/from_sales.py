"""Orders made from sales on customer account: one per customer and period, the receipts listed.

Belongs here: receipts that go by order -> the frames of delivered orders, so that they are proven and built like any other.
Does not: decide which receipts go by order (accounting/on_account.py), know what was sent (posting/), read other days' bundles.

Bokføringsforskriften s. 5-2-1 lets sales to one customer be invoiced together, at the latest a month after delivery: hence day,
week or month, with each receipt named on the document.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from frontline_pipeline.accounting.model import OnAccount
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.plain import rows
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import RECEIPT_LINES, RECEIPTS
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.orders.arithmetic import one_piece
from frontline_pipeline.orders.build import Source
from frontline_pipeline.orders.model import OrderHold
from frontline_pipeline.orders.period import Period
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_orders import SalesOrders

_WORDS = {
    "nb": {"receipt": "Bong {id}, kasse {register}, {day}", "paid": "Betalt i kassen: {amount}"},
    "en": {"receipt": "Receipt {id}, register {register}, {day}", "paid": "Paid at the till: {amount}"},
}
RECEIPT_COLUMNS = ("order_id", "register", "receipt_id", "z_number", "business_day", "original_receipt")


@dataclass(frozen=True)
class DaySales:
    """One store-day's receipts, and those of them that are on customer account."""

    business_day: dt.date
    receipts: Bundle = field(repr=False)
    on_account: tuple[OnAccount, ...]


@dataclass(frozen=True)
class Made:
    """Orders made from sales, as delivered frames, with their source; and receipts that no order can be made of."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    source: Source
    holds: tuple[OrderHold, ...]


def orders_from_sales(
    days: Sequence[DaySales],
    period: Period,
    profile: StoreProfile,
    elsewhere: Collection[tuple[str, str]] = (),
    waiting: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Made:
    """One order per customer of a period. `elsewhere`: (register, receipt id) that are left to other orders; `waiting`: those that
    may be in another order, with the words for it: their customer's order is held.

    A receipt without a customer is held by itself: nobody can be guessed. Amounts are those of the receipts, to the øre.
    """
    settings = profile.orders.from_sales
    if settings is None:
        return _made([], [], [], {}, ())
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    receipts: list[dict[str, Any]] = []
    holds: list[OrderHold] = []
    by_customer: dict[str, list[tuple[dt.date, OnAccount, dict[str, Any], list[dict[str, Any]]]]] = defaultdict(list)
    for day in days:
        wanted = {(r.register, r.receipt_id) for r in day.on_account if r.by_order} - set(elsewhere)
        if not wanted:
            continue
        heads = {key: row for row in rows(frame_of(day.receipts, RECEIPTS)) if (key := _key(row)) in wanted}
        of_lines = _lines_of(day.receipts, wanted)
        for receipt in day.on_account:
            key = (receipt.register, receipt.receipt_id)
            if key not in wanted:
                continue
            if receipt.customer is None:
                holds.append(_nobody(day.business_day, receipt))
                continue
            by_customer[receipt.customer].append((day.business_day, receipt, heads[key], of_lines.get(key, [])))
    for customer, sold in sorted(by_customer.items()):
        order_id = period.order_of(customer)
        unsure = [(each, why) for _, each, _, _ in sold if (why := waiting.get((each.register, each.receipt_id)))]
        if unsure:
            holds.append(_waits(order_id, *unsure[0]))
            continue
        total = sum(receipt.amount for _, receipt, _, _ in sold)
        net = sum(base for _, receipt, _, _ in sold for _, _, base, _ in receipt.vat)
        orders.append(
            {
                "order_id": order_id,
                "kind": settings.kind,
                "customer": customer,
                "ordered_at": pd.Timestamp(period.last, tz=OSLO),
                "currency": "NOK",
                "total": total,
                "total_excl_vat": net,
            }
        )
        number = 0
        for day_of, receipt, head, own in sold:
            for line in _rows_of(day_of, receipt, own, settings, profile):
                number += 1
                lines.append({"order_id": order_id, "line_id": str(number), **line})
            receipts.append(
                {
                    "order_id": order_id,
                    "register": receipt.register,
                    "receipt_id": receipt.receipt_id,
                    "z_number": head["z_number"],
                    "business_day": pd.Timestamp(day_of),
                    "original_receipt": head["original_receipt"],
                }
            )
    keys = {order["order_id"]: f"{profile.code}/{order['order_id']}" for order in orders}
    return _made(orders, lines, receipts, keys, tuple(holds))


def _rows_of(
    day: dt.date, receipt: OnAccount, own: Iterable[Mapping[str, Any]], settings: SalesOrders, profile: StoreProfile
) -> Iterable[dict[str, Any]]:
    words = _WORDS[profile.rules.voucher_language]
    if settings.list_receipts:
        named = words["receipt"].format(id=receipt.receipt_id, register=receipt.register, day=day.isoformat())
        yield _text(named)
    for line in own:
        quantity = line["quantity"] or 1000
        # An excl. price in whole øre, or the line in one piece.
        exact = quantity and line["amount_excl_vat"] * 1000 % quantity == 0
        sold = line.get("text") or line.get("item_text")
        yield {
            "kind": "item",
            "article": line["article"] or settings.fallback_article,
            "text": (sold or "").strip()[:300] or None if exact else one_piece(quantity, sold),
            "quantity": quantity if exact else 1000,
            "price": line["amount_excl_vat"] * 1000 // quantity if exact else line["amount_excl_vat"],
            "discount": 0,
            "amount": line["amount"],
            "amount_excl_vat": line["amount_excl_vat"],
            "vat_code": line["vat_code"],
            "rate": line["rate"],
        }
    at_till = receipt.amount - receipt.on_account
    if at_till:
        yield _text(words["paid"].format(amount=display(at_till)))


def _text(words: str) -> dict[str, Any]:
    return {"kind": "text", "text": words[:300], "amount": 0, "amount_excl_vat": 0}


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["register"], row["receipt_id"]


def _lines_of(receipts: Bundle, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    frame = frame_of(receipts, RECEIPT_LINES)
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    ids = {receipt_id for _, receipt_id in wanted}
    for row in rows(frame[frame["receipt_id"].isin(ids)]):
        if _key(row) in wanted and (row["amount"] or row["quantity"]):
            found[_key(row)].append(row)
    return found


def _nobody(day: dt.date, receipt: OnAccount) -> OrderHold:
    return OrderHold(
        f"receipt {receipt.register}/{receipt.receipt_id}",
        "order_customer",
        f"Receipt {receipt.receipt_id} on register {receipt.register} of {day} was sold on account ({display(receipt.amount)}) and "
        "names no customer; no order can be made of it.",
        "Name the customer in Frontline and deliver the store-day again.",
    )


def _waits(order_id: str, receipt: OnAccount, why: str) -> OrderHold:
    return OrderHold(
        order_id,
        "sales_elsewhere",
        f"Order {order_id} waits: its receipt {receipt.receipt_id} on register {receipt.register} is in order {why}.",
        "Put that order right, then materialise order_documents and posted_orders of this store-day again.",
    )


def _made(
    orders: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    receipts: list[dict[str, Any]],
    keys: Mapping[str, str],
    holds: tuple[OrderHold, ...],
) -> Made:
    if not orders:
        none = pd.DataFrame({name: pd.Series([], dtype="object") for name in RECEIPT_COLUMNS})
        return Made(ORDERS.empty(), ORDER_LINES.empty(), Source("sales", {}, none), holds)
    return Made(
        ORDERS.conform(pd.DataFrame(orders)),
        ORDER_LINES.conform(pd.DataFrame(lines)),
        Source("sales", keys, pd.DataFrame(receipts, columns=list(RECEIPT_COLUMNS))),
        holds,
    )
