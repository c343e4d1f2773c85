"""Why a store-day stands where it stands, as findings: a document of the posting log, or what posting would answer.

Belongs here: one sentence and one advice per state of a document, in the words of the commands that a person types.
Does not: which store-day shows which (look.py), what the words do to a document (posting/person.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from frontline_pipeline.accounting.model import Finding, Mode, Severity
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.records import AFTER_ALL, BACK, EXHAUSTED, REVERSAL, ROLLBACK, Document
from frontline_pipeline.posting.sending import DUPLICATE
from frontline_pipeline.posting.states import UNDECIDED, State
from frontline_pipeline.settings import PostingSettings

BROKEN = frozenset({State.REJECTED, State.DRIFTED, State.MISSING, State.DUPLICATED})
"""States of a document that a person must look at, though its outcome is known."""
KEPT_OUT = frozenset({State.DISPUTED, State.SKIPPED, State.ROLLED_BACK})
"""States in which a document keeps its Z-reports off posting, whatever the extract says."""


@dataclass(frozen=True)
class Place:
    """The store-day that a finding is about."""

    store: str
    business_day: dt.date


def finding(of: Place, rule: str, message: str, next_step: str) -> Finding:
    """A reason that no proof of the extract gives: from the posting log, or from a run."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        blocking=True,
        store=of.store,
        business_day=of.business_day,
        message=message,
        next_step=next_step,
    )


def reason_of(document: Document, posting: PostingSettings, said: str = "") -> Finding:
    """What is the matter with a document, and what to do about it. `said`: the last word in its history."""
    of = Place(document.store, document.business_day)
    name, again = document.reference, f"`frontline run --store {document.store} --day {document.business_day}`"
    if document.kind == REVERSAL and document.state is not State.MISSING:
        again = "`frontline rollback`" if document.purpose == ROLLBACK else "`frontline correct`"
        again += " for that day again"
    if document.problem_kind in AFTER_ALL:
        return _disagrees(of, document, AFTER_ALL[document.problem_kind])
    if document.problem_kind == EXHAUSTED and document.state in (State.PLANNED, State.REJECTED, State.UNKNOWN):
        message = f"{name}: {document.problem or 'sent too often'}.".replace("..", ".")
        return finding(of, "posting_exhausted", message, "Nothing is sent again by itself until then.")
    if document.state in UNDECIDED:
        return finding(of, "posting_outcome_known", _unknown_words(document), _unknown_step(document, posting, again))
    if document.state is State.DISPUTED:
        told = document.problem or "something else stands in 24SevenOffice in its place"
        step = (
            f"Look at it in 24SevenOffice, then say what it is: `frontline resolve {name} --found` (it is this one) or "
            "`--absent` (it is not), with `--reason ...`. Nothing is sent for it until then."
        )
        return finding(of, "posting_disputed", f"{name} is disputed: {told}.", step)
    if document.state is State.SKIPPED:
        step = f"It stays so until `frontline resume {name} --reason ...`."
        return finding(of, "posting_skipped", f"{name} is not posted by the pipeline{_said(said)}.", step)
    if document.state is State.ROLLED_BACK:
        span = f"--store {document.store} --from {document.business_day} --to {document.business_day}"
        step = f"It is not posted again until `frontline release {span} --reason ...`."
        message = f"{name} (number {document.transaction_no}) was rolled back{_said(said)}."
        return finding(of, "posting_rolled_back", message, step)
    if document.state is State.REJECTED:
        message = f"{name} was not accepted: {document.problem or 'no reason was given'}."
        step = f"Mend what it names and run {again}; `frontline skip {name} --reason ...` leaves it out."
        return finding(of, "posting_accepted", message, step)
    return _disagrees(of, document, document.state)


def _disagrees(of: Place, document: Document, state: State) -> Finding:
    """The ledger no longer holds, or holds twice, what was sent."""
    meaning, _, step = judge(state).message.partition(": ")
    if document.problem_kind == BACK:
        meaning, step = "there, though a person has deleted it", document.problem or ""
        meaning, _, step = step.partition(": ")
        return finding(of, "ledger_agrees", f"{document.reference}: {meaning}.", f"{step[:1].upper()}{step[1:]}.")
    told = f" ({document.problem})" if document.problem else ""
    message = f"{document.reference}: {meaning}{told}."
    return finding(of, "ledger_agrees", message, f"{step[:1].upper()}{step[1:]}.{_by_hand(document)}")


def _by_hand(document: Document) -> str:
    """What is said in the log after a person has put the ledger right."""
    word = f"`frontline deleted {document.reference} --reason ...`"
    if document.state is State.MISSING and document.kind != REVERSAL:
        return (
            f" If it is wanted again: `frontline retry {document.reference} --reason ...`. If it is wanted no more: `frontline skip "
            f"{document.reference} --reason ...`. If another voucher is to come instead: {word}."
        )
    if document.state is State.DUPLICATED and document.kind != REVERSAL:
        return f" With one left the next read-back is content; with none left: {word}."
    return ""


def _said(said: str) -> str:
    return f" ({said})" if said else ""


def _unknown_words(document: Document) -> str:
    if document.state is State.SENDING:
        return f"{document.reference} is being sent as number {document.transaction_no}, or its writer died over it."
    return (
        f"{document.reference} was sent as number {document.transaction_no}, and whether 24SevenOffice has it is unknown: "
        f"{document.problem or 'no answer was recorded'}."
    )


def _unknown_step(document: Document, posting: PostingSettings, again: str) -> str:
    name = document.reference
    if document.mode is Mode.DRAFT:
        return (
            f"Drafts cannot be read from here. Look among the drafts (kladd) of 24SevenOffice for that number and reference, then "
            f"say what you saw: `frontline resolve {name} --found` (or --absent) `--reason ...`. Nothing is sent again by itself."
        )
    if document.state is State.SENDING:
        return f"When no run is active: {again}, which looks for it in 24SevenOffice."
    step = f"Run {again}: it looks for the voucher in 24SevenOffice"
    if posting.resend == "hold" or document.problem_kind == DUPLICATE:
        step += " and takes over what is there; it is not sent again by itself."
    else:
        step += ", and sends it again, under the same number, only when it is not there."
        if document.sent_at is not None:
            until = document.sent_at + dt.timedelta(seconds=posting.settle_seconds)
            step += f" Before {until:%H:%M:%S} UTC a voucher that is not found does not count as absent (settling)."
    return f"{step} Or look yourself, and say `frontline resolve {name} --found` (or --absent) `--reason ...`."


def held_step(outcome: Outcome, store: str, day: dt.date) -> str:
    """What to do about a voucher that posting would hold for another reason than its document's state."""
    if outcome.state is Hold.CHANGED:
        return (
            f"`frontline correct --store {store} --day {day} --dry-run` shows the difference line by line; with --reason it "
            "reverses what is out and posts the new revision."
        )
    return "Nothing is sent for it until that is settled."
