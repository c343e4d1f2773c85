"""What became of the orders whose outcome is unknown: looked for among their customers' orders, adopted, held, or free to be sent.

Belongs here: the way of an unknown order - read, settle, read - for all of a company, before anything new is sent for it; first the
leftovers of crashed writers (recovery.py has them).
Does not: send again (order_poster.py does, when the order is at hand with the same content), compare (order_comparing.py).

An order has no number of ours that 24SevenOffice would refuse a second time. So it is sent again only when the orders of its
customer do not show our reference, `posting.settle_seconds` after the last sending at the earliest, and never with
`posting.resend: hold`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from frontline_pipeline.office.errors import NotSent, ReadFailed, Rejected
from frontline_pipeline.posting import documents, queries
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.order_comparing import differences_of, judge_order, with_reference
from frontline_pipeline.posting.order_deciding import what_to_look_for
from frontline_pipeline.posting.order_payload import SentOrder, read_order
from frontline_pipeline.posting.order_port import OrderFound
from frontline_pipeline.posting.order_sending import OrderSender
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.records import ORDER, Document
from frontline_pipeline.posting.recovery import mark_crashed
from frontline_pipeline.posting.states import IN_LEDGER, Event, State

_CUSTOMERS_AT_ONCE = 50
_MARGIN = dt.timedelta(days=2)
"""The service's clock may be off by hours (API.md section 8)."""


@dataclass
class Recovery:
    """What came of the orders that were looked for, by document id; `hold` with words where one stays open."""

    holds: dict[int, tuple[Hold | None, str]] = field(default_factory=dict)
    told: dict[int, str] = field(default_factory=dict)


def recover_orders(sender: OrderSender, also: tuple[Document, ...] = ()) -> Recovery:
    """Look for every unknown order of the company, and for those of `also` whose first request may yet be there.

    What a crashed writer left is unknown too. One read per fifty customers. Raises FencedOut when the lease is lost; what cannot be read stays as it is.
    """
    desk = sender.desk
    mark_crashed(desk, queries.undecided_orders)
    with desk.database.reading() as connection:
        waiting = [
            each for each in queries.undecided_orders(connection, desk.company_code) if each.state is State.UNKNOWN
        ]
        waiting += [each for each in also if each.id not in {one.id for one in waiting}]
        bases = {
            each.id: _base(documents.revisions(connection, each.company, ORDER, each.document_key), each)
            for each in waiting
        }
    found = Recovery()
    sent = {each.id: read_order(each.payload, each.reference) for each in waiting}
    customers = sorted({content["customer"] for content in sent.values()})
    for start in range(0, len(customers), _CUSTOMERS_AT_ONCE):
        chunk = customers[start : start + _CUSTOMERS_AT_ONCE]
        mine = [each for each in waiting if sent[each.id]["customer"] in chunk]
        since = min(each.sent_at or each.created_at for each in mine) - _MARGIN
        try:
            sender.calls += 1
            there = sender.port().find_orders(customer_ids=chunk, changed_after=since)
        except (NotSent, ReadFailed, Rejected) as failure:
            for each in mine:
                found.holds[each.id] = (Hold.NOT_SENT, f"it could not be looked for: {failure}")
            continue
        for each in mine:
            _one(sender, each, sent[each.id], bases[each.id], there, found)
    return found


def _base(known: list[Document], each: Document) -> Document | None:
    return next((one for one in reversed(known) if one.state in IN_LEDGER and one.revision < each.revision), None)


def _one(
    sender: OrderSender,
    each: Document,
    sent: SentOrder,
    base: Document | None,
    there: list[OrderFound],
    found: Recovery,
) -> None:
    mine = with_reference(each.reference, there)
    if each.state in IN_LEDGER:
        _numbered(sender, each, sent, mine)
        return
    if not mine:
        _absent(sender, each, found)
        return
    if len(mine) > 1:
        numbers = ", ".join(str(one.order_id) for one in mine)
        words = f"24SevenOffice has it {len(mine)} times, as orders {numbers}: delete all but one there"
        _move(sender, each, Event.READ_TWICE, words, "duplicated", {"transaction_no": mine[0].order_id})
        found.told[each.id] = words
        return
    told = differences_of(sent, mine[0])
    if told:
        words = "; ".join(map(str, told[:6]))
        _move(sender, each, Event.DIFFERS, words, "differs", {"transaction_no": mine[0].order_id})
        found.told[each.id] = words
        return
    why = "adopted: found among the customer's orders, exactly as it was sent"
    sender.accepted(each, mine[0].order_id, mine[0].invoice_id, why, Event.ADOPTED)
    found.told[each.id] = why


def _numbered(sender: OrderSender, each: Document, sent: SentOrder, mine: Sequence[OrderFound]) -> None:
    """An order that a person said is there: which number has it, and is it what was sent?"""
    verdict, found = judge_order(each, sent, mine)
    if found is None or verdict.event is None:
        return
    told = "; ".join(map(str, verdict.differences[:6]))
    kind = None if verdict.event is Event.READ_EQUAL else str(verdict.event)
    changes: dict[str, object] = {
        "transaction_no": found.order_id,
        "links": json.dumps({"invoice": found.invoice_id}),
    }
    _move(sender, each, verdict.event, told or "found by its reference, as it was sent", kind, changes)


def _absent(sender: OrderSender, each: Document, found: Recovery) -> None:
    desk = sender.desk
    if each.state is not State.UNKNOWN:
        return
    with desk.database.reading() as connection:
        age = (desk.database.now(connection) - (each.sent_at or each.created_at)).total_seconds()
    left = desk.posting.settle_seconds - age
    if left > 0:
        words = (
            f"settling: its customer's orders do not show it, which counts only {desk.posting.settle_seconds} s after its last "
            f"sending ({left:.0f} s to go); run again"
        )
        found.holds[each.id] = (Hold.SETTLING, words)
        return
    if desk.posting.resend == "hold":
        words = f"its outcome is unknown: it is not there, and posting.resend is hold. {what_to_look_for(each)}"
        found.holds[each.id] = (None, words)
        return
    why = "not among the customer's orders, by its reference, after it had settled"
    _move(sender, each, Event.ABSENT, why, None, {})


def _move(
    sender: OrderSender, each: Document, event: Event, why: str, kind: str | None, changes: dict[str, object]
) -> None:
    desk = sender.desk
    with desk.database.writing() as connection:
        actor = desk.actor(desk.database.now(connection))
        try:
            documents.transition(
                connection, each, event, actor, why, problem_kind=kind, reached_ledger=True, changes=changes
            )
        except IllegalTransition:
            return
