"""Read the ledger back: one question per company and month, every document compared, its state brought up to date.

Belongs here: asking, recording the verdicts, the judgement that the check `ledger_agrees` shares.
Does not: compare lines (comparing.py), mend anything: what drifted, vanished or doubled is for a person.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Literal

from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.comparing import Difference, LedgerLines, Verdict, judge_document
from frontline_pipeline.posting.documents import Actor, Document
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.states import IN_LEDGER, State, advance

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


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a store-day for the check: `error` fails, `warn` fails softly."""

    passed: bool
    severity: Literal["error", "warn"]
    message: str


_JUDGEMENTS: dict[State, Judgement] = {
    State.VERIFIED: Judgement(True, "error", "the ledger holds exactly what was sent"),
    State.DRIFTED: Judgement(
        False,
        "error",
        "the voucher was changed in the ledger: compare the table and correct it there, or have it reversed",
    ),
    State.MISSING: Judgement(
        False,
        "error",
        "the voucher is not in the ledger any more: find out who deleted it; it is not sent again by itself",
    ),
    State.DUPLICATED: Judgement(
        False, "error", "the voucher is in the ledger more than once: reverse all but one in 24SevenOffice"
    ),
    State.UNKNOWN: Judgement(
        False, "error", "whether the ledger has the voucher is unknown: look there, then run `frontline resolve`"
    ),
    State.SENDING: Judgement(
        False, "error", "a voucher is being sent, or its writer died: run the store-day again when no run is active"
    ),
    State.REJECTED: Judgement(
        False, "error", "the ledger refused the voucher: mend what it names and run the store-day"
    ),
    State.PLANNED: Judgement(False, "error", "the voucher was not sent yet: run the store-day"),
    State.POSTED: Judgement(False, "warn", "posted, not read back yet: run ledger_readback for the month"),
    State.DRAFTED: Judgement(
        False, "warn", "saved as draft, which cannot be read back: a person posts it in 24SevenOffice"
    ),
    State.SKIPPED: Judgement(False, "warn", "a person decided that it is not posted by the pipeline"),
    State.REVERSED: Judgement(False, "warn", "reversed in the ledger; no new revision was posted"),
}


def judge(state: State) -> Judgement:
    """Whether the ledger agrees, by the state of a store-day's worst document."""
    return _JUDGEMENTS[state]


def month_window(month: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month that holds `month`."""
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=1), month.replace(day=last)


def read_back(
    log: PostingLog, ledger: LedgerPort, company: str, month: dt.date, *, who: str = "read-back", run_id: str = ""
) -> list[Agreement]:
    """Compare all documents of a company's month with its ledger, and record what was found.

    One GetTransactions call, none when the month has no documents. The window reaches one day over both ends, since the
    service's clock may move a date by a day (API.md section 8). Drafts stay drafts until a person has posted them.
    Raises what LedgerPort's reads raise; then nothing is recorded, and a lost answer is never taken for a missing voucher.
    """
    first, last = month_window(month)
    # Before the question: what is posted while it is answered cannot be in the answer.
    mine = log.documents(company=company, day_from=first, day_to=last, states=IN_LEDGER)
    if not mine:
        return []
    day = dt.timedelta(days=1)
    lines = LedgerLines(ledger.transactions(first - day, last + day))
    return [_record(log, each, judge_document(each, lines), who, run_id) for each in mine]


def _record(log: PostingLog, found: Document, verdict: Verdict, who: str, run_id: str) -> Agreement:
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
    with log.database.writing() as connection:
        actor = Actor(who, log.database.now(connection), run_id)
        try:
            now = documents.transition(
                connection, found, verdict.event, actor, told or "the ledger holds what was sent", problem_kind=kind
            )
        except IllegalTransition:
            # A person acted on it during the read-back; the next one sees it as it is then.
            now = documents.by_id(connection, found.id)
    return Agreement(now, found.state, verdict.differences)
