"""Read the ledger back: one question per company and month, every document compared, its state brought up to date.

Belongs here: asking, recording the verdicts, the sweep over the last months.
Does not: compare lines (comparing.py), judge a store-day (judging.py), mend anything: what drifted, vanished or doubled is for
a person.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.comparing import Difference, LedgerLines, Verdict, judge_document
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.judging import Judgement, judge
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.matching import links_of
from frontline_pipeline.posting.records import (
    AFTER_ALL,
    BACK,
    DELETED,
    LATE,
    REVERSAL,
    REVERSAL_SUFFIX,
    Actor,
    Document,
)
from frontline_pipeline.posting.references import parse
from frontline_pipeline.posting.states import IN_LEDGER, READABLE, Event, State, advance

__all__ = [
    "Agreement",
    "Judgement",
    "Stranger",
    "Sweep",
    "judge",
    "last_months",
    "month_window",
    "read_back",
    "sweep",
]

_FEW = 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the ledger says of one document now; `differences` is the table for a person."""

    document: Document
    before: State
    differences: tuple[Difference, ...] = ()

    @property
    def state(self) -> State:
        """Where the document stands after the read-back."""
        return self.document.state


def month_window(month: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month that holds `month`."""
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=1), month.replace(day=last)


def read_back(
    log: PostingLog, ledger: LedgerPort, company: str, month: dt.date, *, who: str = "read-back", run_id: str = ""
) -> list[Agreement]:
    """Compare all documents of a company's month with its ledger, and record what was found.

    One GetTransactions call, none when the month has no documents. The window reaches one day over both ends, since the
    service's clock may move a date by a day (API.md section 8). Drafts stay drafts until a person has posted them; what is
    unknown is left to the next run, which looks for it. What should not be there - a request that was thought lost, a
    reversed voucher that is there twice - is recorded when it is. Raises what LedgerPort's reads raise; then nothing is
    recorded, and a lost answer is never taken for a missing voucher.
    """
    return _read(log, ledger, company, month, who, run_id)[0]


@dataclass(frozen=True, slots=True)
class Stranger:
    """A voucher in the ledger that carries a reference of ours, of which the log knows nothing."""

    reference: str
    transaction_no: int
    date: dt.date


@dataclass(frozen=True, slots=True)
class Sweep:
    """The last months of a company, read again. `strangers` mean a lost log, or a second pipeline at work."""

    agreements: tuple[Agreement, ...]
    strangers: tuple[Stranger, ...]
    calls: int

    @property
    def disagreements(self) -> tuple[Agreement, ...]:
        """Those that a person must look at."""
        return tuple(
            each
            for each in self.agreements
            if each.document.problem_kind in AFTER_ALL or (each.state in READABLE and each.state is not State.VERIFIED)
        )


def sweep(
    log: PostingLog,
    ledger: LedgerPort,
    company: str,
    months: int,
    *,
    today: dt.date,
    stores: Collection[str] = (),
    who: str = "sweep",
    run_id: str = "",
) -> Sweep:
    """Read the running month and the `months` - 1 before it again, one call each; months without documents cost none.

    `stores`: codes of the company's stores, by which vouchers of ours that the log does not know are recognised. What lands
    late, or twice, shows here as `duplicated` or `disputed`, never as nothing (scenario X07). Raises as `read_back` does;
    what was read until then is recorded.
    """
    agreements: list[Agreement] = []
    strangers: dict[tuple[str, int], Stranger] = {}
    calls = 0
    for month in last_months(today, months):
        found, window = _read(log, ledger, company, month, who, run_id)
        agreements += found
        if window is not None:
            calls += 1
            for each in _strangers(log, company, window, stores):
                strangers[each.reference, each.transaction_no] = each
    return Sweep(tuple(agreements), tuple(strangers.values()), calls)


def last_months(today: dt.date, months: int) -> list[dt.date]:
    """The first days of the running month and of those before it, oldest first. Raises ValueError for less than one."""
    if months < 1:
        raise ValueError("a sweep reads at least the running month")
    index = today.year * 12 + today.month - 1
    return [dt.date(each // 12, each % 12 + 1, 1) for each in range(index - months + 1, index + 1)]


def _strangers(log: PostingLog, company: str, window: LedgerLines, stores: Collection[str]) -> list[Stranger]:
    ours = {name for name in window.references() if (parsed := parse(name)) is not None and parsed.store in stores}
    known = log.references(company, ours)
    return [
        Stranger(name, lines[0].transaction_no, lines[0].date)
        for name in sorted(ours - known)
        for lines in window.with_reference(name)
    ]


def _read(
    log: PostingLog, ledger: LedgerPort, company: str, month: dt.date, who: str, run_id: str
) -> tuple[list[Agreement], LedgerLines | None]:
    first, last = month_window(month)
    # Before the question: what is posted while it is answered cannot be in the answer.
    mine = log.documents(company=company, dated=(first, last), states=IN_LEDGER | _LATE)
    mine = [each for each in mine if each.state in IN_LEDGER or each.reached_ledger]
    if not mine:
        return [], None
    day = dt.timedelta(days=1)
    window = LedgerLines(ledger.transactions(first - day, last + day))
    agreements = []
    # Reversals first: whether one stands decides what its journal's absence means.
    for each in sorted(mine, key=lambda found: found.kind != REVERSAL):
        if each.state in IN_LEDGER:
            agreements.append(_record(log, each, judge_document(each, window), window, who, run_id))
        elif (late := _late(log, each, window, who, run_id)) is not None:
            agreements.append(late)
    return sorted(agreements, key=lambda found: found.document.id), window


_LATE = frozenset({State.PLANNED, State.REJECTED, State.SKIPPED, State.REVERSED, State.ROLLED_BACK})
"""States in which the ledger should not show a voucher, or no second one."""


def _late(log: PostingLog, found: Document, window: LedgerLines, who: str, run_id: str) -> Agreement | None:
    """Whether a document that is not counted on shows up: a request that landed after all."""
    verdict = judge_document(found, window)
    if found.state in (State.REVERSED, State.ROLLED_BACK):
        return _after_all(log, found, verdict, who, run_id)
    if verdict.event is None or verdict.event is Event.READ_ABSENT:
        return None
    event = {Event.READ_EQUAL: Event.ADOPTED, Event.READ_TWICE: Event.READ_TWICE}.get(verdict.event, Event.DIFFERS)
    if found.state is State.SKIPPED and event is Event.ADOPTED:
        event = Event.DIFFERS
    why = f"in the ledger after all, by a read-back, though the log had it as {found.state}"
    kind = None if event is Event.ADOPTED else LATE
    with log.database.writing() as connection:
        actor = Actor(who, log.database.now(connection), run_id)
        try:
            with connection.begin_nested():
                now = documents.transition(connection, found, event, actor, why, problem_kind=kind, reached_ledger=True)
        except IllegalTransition:
            now = documents.by_id(connection, found.id)
        except IntegrityError:
            # Its Z-reports are another document's by now: the same sales are in the ledger twice.
            why += (
                ", and its Z-reports are in another document that is out: the same sales twice. Reverse one of the two"
            )
            now = documents.transition(
                connection,
                found,
                Event.READ_TWICE,
                actor,
                why,
                problem_kind=LATE,
                reached_ledger=True,
                claims=False,
            )
    return Agreement(now, found.state, verdict.differences)


_TAKEN_BACK = {Event.READ_TWICE: "twice", Event.READ_ABSENT: "gone", Event.READ_DIFFERENT: "edited"}


def _after_all(log: PostingLog, found: Document, verdict: Verdict, who: str, run_id: str) -> Agreement | None:
    """Whether a document that was taken back is as that left it: there once and as it was, so that what takes it back fits; or,
    deleted by a person, not there."""
    kind = _TAKEN_BACK.get(verdict.event) if verdict.event is not None else None
    if found.purpose == DELETED:
        kind = None if verdict.event in (None, Event.READ_ABSENT) else BACK
    elif kind not in (None, "twice") and not _reversal_stands(log, found):
        # Reversed by hand, as it was or as it had been edited.
        kind = None
    was = found.problem_kind if found.problem_kind in AFTER_ALL else None
    if kind == was:
        return Agreement(found, found.state, verdict.differences) if kind else None
    told = _told_after_all(found, verdict, kind)
    event = str(verdict.event or Event.READ_EQUAL)
    with log.database.writing() as connection:
        actor = Actor(who, log.database.now(connection), run_id)
        try:
            now = documents.mark(connection, found, event, actor, kind, told)
        except IllegalTransition:
            now = documents.by_id(connection, found.id)
    return Agreement(now, found.state, verdict.differences)


def _told_after_all(found: Document, verdict: Verdict, kind: str | None) -> str:
    if kind is None:
        return "not in the ledger any more" if found.purpose == DELETED else "in the ledger as it was"
    if kind == BACK:
        return (
            "deleted by a person, yet in the ledger: an earlier request may have landed. Delete it again; or, if it was reversed with a voucher "
            f"of its own instead, `frontline reverse {found.reference} --reason ...`"
        )
    return f"{found.state}, yet {'; '.join(map(str, verdict.differences))}"


def _reversal_stands(log: PostingLog, found: Document) -> bool:
    """Whether the log has a reversal of this journal in the ledger."""
    with log.database.reading() as connection:
        key = found.document_key + REVERSAL_SUFFIX
        known = documents.revisions(connection, found.company, REVERSAL, key)
    return any(
        each.revision == found.revision and each.state in IN_LEDGER and each.state is not State.MISSING
        for each in known
    )


def _record(
    log: PostingLog, found: Document, verdict: Verdict, window: LedgerLines, who: str, run_id: str
) -> Agreement:
    if verdict.event is None:
        return Agreement(found, found.state)
    told = "; ".join(str(each) for each in verdict.differences[:_FEW])
    if len(verdict.differences) > _FEW:
        told += f"; and {len(verdict.differences) - _FEW} more"
    after = advance(found.state, verdict.event)
    if after is found.state and (found.problem or "") == told:
        # The history is append-only; a nightly "still verified" would only fill it.
        return Agreement(found, found.state, verdict.differences)
    kind = None if after is State.VERIFIED else after.value
    changes = None
    if after is State.VERIFIED and found.links is None:
        changes = {"links": links_of(window.with_reference(found.reference)[0])}
    with log.database.writing() as connection:
        actor = Actor(who, log.database.now(connection), run_id)
        try:
            with connection.begin_nested():
                now = documents.transition(
                    connection,
                    found,
                    verdict.event,
                    actor,
                    told or "the ledger holds what was sent",
                    problem_kind=kind,
                    changes=changes,
                )
        except IllegalTransition:
            # A person acted on it during the read-back; the next one sees it as it is then.
            now = documents.by_id(connection, found.id)
        except IntegrityError:
            now = _one_too_many(connection, found, verdict.event, told, actor)
    return Agreement(now, found.state, verdict.differences)


def _one_too_many(connection: Connection, found: Document, event: Event, told: str, actor: Actor) -> Document:
    """A document whose Z-reports are another's: however equal it is, the same sales are in the ledger twice."""
    if event is Event.READ_EQUAL:
        if found.state is State.DUPLICATED:
            return found
        event = Event.READ_TWICE
        told = "its Z-reports are in another document that is out: the same sales twice. Reverse one of the two"
    after = advance(found.state, event)
    kind = LATE if after is State.DUPLICATED else after.value
    return documents.transition(connection, found, event, actor, told, problem_kind=kind, claims=False)
