"""Does 24SevenOffice have the order that was sent? Pure comparison of what it shows with the log's payload.

Belongs here: the difference between an order that is there and what was sent, and the verdict.
Does not: ask for it or change the log (order_sending.py, order_recovery.py).

What a person may do with an order afterwards is no difference: a draft that was made an order, an order that was invoiced. Texts
and addresses are not compared. Totals are those that 24SevenOffice computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from frontline_pipeline.accounting.money import text
from frontline_pipeline.posting.comparing import Difference, Verdict
from frontline_pipeline.posting.order_payload import SentOrder
from frontline_pipeline.posting.order_port import OrderFound
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import Event


def differences_of(sent: SentOrder, found: OrderFound) -> tuple[Difference, ...]:
    """What stands there otherwise than it was sent: customer, totals, rows in their order, an invoice that is none."""
    told: list[Difference] = []

    def differ(what: str, was: object, now: object) -> None:
        if was != now:
            told.append(Difference(what, str(was), str(now)))

    differ("customer", sent["customer"], found.customer_id)
    for what, was, now in (
        ("total incl. VAT", sent["total"], found.total),
        ("total excl. VAT", sent["total_excl_vat"], found.total - found.total_vat),
    ):
        if abs(was - now) > sent["tolerance"]:
            told.append(Difference(what, text(was), text(now)))
    if sent["form"] == "invoice" and not found.is_invoiced:
        told.append(Difference("status", "Invoiced", found.status))
    differ("number of rows", len(sent["rows"]), len(found.rows))
    if len(sent["rows"]) == len(found.rows):
        for row, there in zip(sent["rows"], found.rows, strict=True):
            name = f"row {row['line']}"
            differ(f"{name} kind", row["kind"], there.kind)
            if row["kind"] == "item":
                differ(f"{name} product", row["product"], there.product_id)
                differ(f"{name} quantity", row["quantity"], there.quantity)
                differ(f"{name} price", text(row["price"]), text(there.price))
                differ(f"{name} discount", row["discount"], there.discount)
    return tuple(told)


def judge_order(document: Document, sent: SentOrder, there: Iterable[OrderFound]) -> tuple[Verdict, OrderFound | None]:
    """The verdict on one document by the orders that 24SevenOffice shows, with the one that it is."""
    mine = with_reference(document.reference, there)
    if not mine:
        return Verdict(Event.READ_ABSENT, (Difference(document.reference, "one order", "none"),)), None
    if len(mine) > 1:
        numbers = ", ".join(str(each.order_id) for each in mine)
        return Verdict(Event.READ_TWICE, (Difference(document.reference, "one order", f"orders {numbers}"),)), mine[0]
    told = differences_of(sent, mine[0])
    return Verdict(Event.READ_DIFFERENT if told else Event.READ_EQUAL, told), mine[0]


def with_reference(reference: str, there: Iterable[OrderFound]) -> Sequence[OrderFound]:
    """The orders that carry a reference of ours, by number."""
    found = {each.order_id: each for each in there if each.reference.strip() == reference}
    return [found[number] for number in sorted(found)]
