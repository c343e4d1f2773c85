"""Orders read back: what 24SevenOffice registered since a day, and what the log has of that time, compared order by order.

Belongs here: the question, which orders are ours, the verdict on each document and its record.
Does not: compare an order with what was sent (order_comparing.py), send anything, mend anything: what is doubled, gone, changed or
strange is for a person.

A first request that lands after its order was looked for and sent again makes a second order, which nothing in the service
refuses. It carries the reference of the first, so this finds it, whichever of the two the log knows. An order is taken back there
when it is gone, or when credit notes that refer to it make up its total.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from frontline_pipeline.posting import documents, queries
from frontline_pipeline.posting.comparing import Difference
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_comparing import differences_of
from frontline_pipeline.posting.order_keys import store_of_reference
from frontline_pipeline.posting.order_payload import read_order
from frontline_pipeline.posting.order_port import OrderFound, OrderPort
from frontline_pipeline.posting.order_sending import READ_AT_ONCE, claim_receipts, invoiced_since, supersede
from frontline_pipeline.posting.records import AFTER_ALL, BACK, BY_HAND, LATE, ORDER, Actor, Document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, Event, State, advance

_MARGIN = dt.timedelta(days=2)
"""The service's clock may be off by hours (API.md section 8)."""
_FEW = 6
WRONG = frozenset({State.DISPUTED, State.DUPLICATED, State.DRIFTED, State.MISSING})
"""States in which 24SevenOffice does not show an order as it was sent, once."""


@dataclass(frozen=True, slots=True)
class OrderAgreement:
    """What 24SevenOffice shows of one order now."""

    document: Document
    before: State

    @property
    def is_wrong(self) -> bool:
        """Whether a person must look at it."""
        return self.document.state in WRONG or self.document.problem_kind in {*AFTER_ALL, State.MISSING.value}


@dataclass(frozen=True, slots=True)
class StrangeOrder:
    """An order there that carries a reference of ours, of which the log knows nothing: a lost log, or a second pipeline."""

    reference: str
    order_id: int


@dataclass(frozen=True, slots=True)
class OrderReadBack:
    """A company's orders since a day, read again."""

    agreements: tuple[OrderAgreement, ...]
    strangers: tuple[StrangeOrder, ...]
    calls: int

    @property
    def disagreements(self) -> tuple[OrderAgreement, ...]:
        """Those that a person must look at."""
        return tuple(each for each in self.agreements if each.is_wrong)


def read_orders_back(
    log: PostingLog,
    port: OrderPort,
    company: str,
    since: dt.date,
    *,
    stores: Collection[str],
    who: str = "read-back of orders",
    run_id: str = "",
) -> OrderReadBack:
    """Compare the orders of business days from `since` on, and whatever of ours was registered since then, with the log.

    One call for the numbers of what was registered, one per 500 orders, none for a company that never sent any; nothing is recorded before all of them were read.
    `stores`: codes of the company's stores, by which references of ours are known. What is unknown is left to the next run, which
    looks for it. Raises NotSent, ReadFailed or Rejected.
    """
    # Before the question: what is sent while it is answered may not be in the answer.
    window = log.orders(company=company, day_from=since)
    with log.database.reading() as connection:
        if not queries.has_orders(connection, company):
            return OrderReadBack((), (), 0)
    start = dt.datetime.combine(since, dt.time(), dt.UTC) - _MARGIN
    numbers = set(port.registered_orders(start))
    numbers |= {each.transaction_no for each in window if each.transaction_no is not None}
    asked, calls, there = sorted(numbers), 1, list[OrderFound]()
    for at in range(0, len(asked), READ_AT_ONCE):
        there += port.find_orders(order_ids=asked[at : at + READ_AT_ONCE])
        calls += 1
    ours = _ours(there, stores)
    known = {each.reference: each for each in window}
    with log.database.reading() as connection:
        # Of an earlier day, or sent since the log was asked.
        more = documents.by_references(connection, company, ours.keys() - known.keys())
        known |= {each.reference: each for each in more if each.kind == ORDER}
    reading = _Reading(log, _Shown.of(there, ours), who, run_id)
    # Newest first: an update that is there after all supersedes what it updated.
    order = sorted(known.values(), key=lambda each: (each.document_key, -each.revision))
    agreements = [found for each in order if (found := reading.judge(each)) is not None]
    strangers = tuple(
        StrangeOrder(name, each.order_id) for name in sorted(ours.keys() - known.keys()) for each in ours[name]
    )
    return OrderReadBack(tuple(agreements), strangers, calls)


def _ours(there: Iterable[OrderFound], stores: Collection[str]) -> dict[str, list[OrderFound]]:
    found: dict[str, list[OrderFound]] = {}
    for each in sorted({each.order_id: each for each in there}.values(), key=lambda one: one.order_id):
        if store_of_reference(each.reference) in stores:
            found.setdefault(each.reference.strip(), []).append(each)
    return found


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was read: by number, by reference of ours, and the numbers of what is credited in full."""

    by_number: dict[int, OrderFound]
    by_reference: dict[str, list[OrderFound]]
    credited: frozenset[int]

    @classmethod
    def of(cls, there: Iterable[OrderFound], ours: dict[str, list[OrderFound]]) -> _Shown:
        by_number = {each.order_id: each for each in there}
        by_invoice = {each.invoice_id: each for each in by_number.values() if each.invoice_id is not None}
        credit: dict[int, int] = {}
        for each in by_number.values():
            original = by_number.get(each.credits_order or 0) or by_invoice.get(each.credits_invoice or 0)
            if original is not None:
                credit[original.order_id] = credit.get(original.order_id, 0) + each.total
        full = {number for number, total in credit.items() if total == -by_number[number].total}
        return cls(by_number, ours, frozenset(full))

    def standing(self, reference: str) -> list[OrderFound]:
        """Orders under a reference that are not taken back by credit notes."""
        return [each for each in self.by_reference.get(reference, []) if each.order_id not in self.credited]


@dataclass(frozen=True, slots=True)
class _Verdict:
    event: Event
    found: OrderFound | None
    differences: tuple[Difference, ...] = ()

    @property
    def words(self) -> str:
        more = len(self.differences) - _FEW
        return "; ".join(map(str, self.differences[:_FEW])) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class _Reading:
    log: PostingLog
    shown: _Shown
    who: str
    run_id: str

    def judge(self, found: Document) -> OrderAgreement | None:
        """Record what is shown of a document; None for one that says nothing: not sent, or not known yet."""
        with self.log.database.writing() as connection:
            revisions = documents.revisions(connection, found.company, ORDER, found.document_key)
            now = next(each for each in revisions if each.id == found.id)
            # An update under way: which of the two the order shows is for the run that looks for it.
            if any(each.state in UNDECIDED for each in revisions) or now.sent_at != found.sent_at:
                return None
            actor = Actor(self.who, self.log.database.now(connection), self.run_id)
            after: Document | None
            try:
                if now.state in IN_LEDGER:
                    after = self._in_ledger(connection, now, actor)
                elif now.state is State.REVERSED:
                    after = self._reversed(connection, now, actor)
                elif now.reached_ledger or self.shown.by_reference.get(now.reference):
                    after = self._late(connection, now, revisions, actor)
                else:
                    return None
            except IllegalTransition:
                # A person acted on it meanwhile; the next read-back sees it as it is then.
                after = documents.by_id(connection, now.id)
        return OrderAgreement(after, found.state) if after is not None else None

    def _verdict(self, now: Document) -> _Verdict:
        mine = self.shown.standing(now.reference)
        credited = self.shown.by_reference.get(now.reference, []) if not mine else []
        # Credited by a person beside the pipeline: it still stands there as it was sent.
        mine = mine or credited[:1]
        sent = read_order(now.payload, now.reference)
        if len(mine) > 1:
            numbers = ", ".join(str(each.order_id) for each in mine)
            row = Difference(now.reference, "one order", f"orders {numbers}")
            return _Verdict(Event.READ_TWICE, mine[0], (row,))
        if mine:
            told = differences_of(sent, mine[0])
            return _Verdict(Event.READ_DIFFERENT if told else Event.READ_EQUAL, mine[0], told)
        numbered = self.shown.by_number.get(now.transaction_no or 0)
        if numbered is not None:
            row = Difference(
                f"order {numbered.order_id} reference", now.reference, "another" if numbered.reference else "none"
            )
            return _Verdict(Event.READ_DIFFERENT, numbered, (row,))
        return _Verdict(Event.READ_ABSENT, None, (Difference(now.reference, "one order", "none"),))

    def _in_ledger(self, connection: sa.Connection, now: Document, actor: Actor) -> Document:
        verdict = self._verdict(now)
        told = verdict.words
        if verdict.event is Event.READ_TWICE:
            told += ": an earlier request landed too. Delete all but one there, or credit all but one with notes that refer to them"
        if now.state is State.DRAFTED and verdict.event is Event.READ_ABSENT:
            if now.problem_kind == State.MISSING.value:
                return now
            return documents.mark(connection, now, str(verdict.event), actor, State.MISSING.value, told)
        after = advance(now.state, verdict.event)
        if after is now.state and (now.problem or "") == told:
            # The history is append-only; a nightly "still verified" would only fill it.
            return invoiced_since(connection, now, verdict.found, actor)
        kind = None if after is State.VERIFIED else after.value
        why = told or "24SevenOffice has what was sent, once, totals equal"
        changes = _numbers(verdict.found) if verdict.event is Event.READ_EQUAL else None
        try:
            with connection.begin_nested():
                return documents.transition(
                    connection, now, verdict.event, actor, why, problem_kind=kind, changes=changes
                )
        except IntegrityError:
            # Its receipts are another order's: however equal it is, the same sales are there twice.
            return now

    def _late(
        self, connection: sa.Connection, now: Document, revisions: Sequence[Document], actor: Actor
    ) -> Document | None:
        """Whether a document that nothing counts on is there: a request that landed after all."""
        if not self.shown.standing(now.reference):
            return None
        verdict = self._verdict(now)
        events = {Event.READ_EQUAL: Event.ADOPTED, Event.READ_TWICE: Event.READ_TWICE}
        event = events.get(verdict.event, Event.DIFFERS)
        if now.state is State.SKIPPED and event is Event.ADOPTED:
            event = Event.DIFFERS
        why = f"in 24SevenOffice after all, though the log had it as {now.state}"
        if verdict.words:
            why += f": {verdict.words}"
        changes = _numbers(verdict.found)
        if event is not Event.ADOPTED:
            return documents.transition(
                connection, now, event, actor, why, problem_kind=LATE, reached_ledger=True, changes=changes
            )
        try:
            with connection.begin_nested():
                supersede(connection, now, actor, "found there after all")
                after = documents.transition(connection, now, event, actor, why, reached_ledger=True, changes=changes)
                claim_receipts(connection, after)
        except IntegrityError:
            why += (
                ", and a receipt of it is in another order that is out: the same sale twice. Take one of the two back"
            )
            return documents.transition(
                connection,
                now,
                Event.READ_TWICE,
                actor,
                why,
                problem_kind=LATE,
                reached_ledger=True,
                claims=False,
                changes=changes,
            )
        return after

    def _reversed(self, connection: sa.Connection, now: Document, actor: Actor) -> Document | None:
        """Whether what was updated, credited or deleted is there beside what replaced it."""
        standing = self.shown.standing(now.reference)
        # A person who reversed it by hand may have credited it without naming it.
        kind = (BACK if len(standing) == 1 else "twice") if len(standing) > (now.purpose == BY_HAND) else None
        was = now.problem_kind if now.problem_kind in AFTER_ALL else None
        if kind == was:
            return now if kind else None
        numbers = ", ".join(str(each.order_id) for each in standing)
        told = "not there any more, beside what replaced it"
        if kind is not None:
            told = (
                f"taken back, yet there as order {numbers}: an earlier request landed after all. Delete it there, or credit it with a "
                f"note that refers to it; or, if it was credited otherwise, `frontline reverse {now.reference} --reason ...`"
            )
        return documents.mark(connection, now, "read_back", actor, kind, told)


def _numbers(found: OrderFound | None) -> dict[str, object]:
    if found is None:
        return {}
    return {"transaction_no": found.order_id, "links": json.dumps({"invoice": found.invoice_id})}
