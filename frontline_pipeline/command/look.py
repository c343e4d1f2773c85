"""Where a store-day stands: what its extract says and what the posting log says, in one word and its reasons.

Belongs here: the state that preview, run and status show, and its JSON form.
Does not: the walk (store_day.py), the log's questions (posting/log.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from frontline_pipeline.accounting.model import Finding, Severity, Voucher
from frontline_pipeline.accounting.preview import voucher_json
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.documents import Document
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.store_day import Verdict, Walk, walk

DayState = Literal["ok", "held", "closed", "missing", "posted", "unknown"]

EXIT = {
    "ok": Exit.OK,
    "posted": Exit.OK,
    "closed": Exit.OK,
    "held": Exit.HELD,
    "unknown": Exit.HELD,
    "missing": Exit.MISSING,
}


@dataclass(frozen=True)
class Look:
    """One store-day: state, why, the vouchers it has or would have, and its documents in the posting log."""

    store: str
    business_day: dt.date
    state: DayState
    reasons: tuple[Finding, ...]
    walk: Walk
    documents: tuple[Document, ...]

    @property
    def exit(self) -> Exit:
        return EXIT[self.state]

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.walk.findings if not f.holds)

    @property
    def draft(self) -> bool:
        """Whether all of it lies as drafts in the ledger."""
        return bool(self.documents) and all(d.state is State.DRAFTED for d in self.documents)

    def as_json(self) -> dict[str, Any]:
        """The documented form of `--json`: amounts as text with two decimals."""
        return {
            "store": self.store,
            "business_day": self.business_day.isoformat(),
            "state": self.state,
            "held": self.state == "held",
            "reasons": [
                {"rule": f.rule, "message": f.message, "expected": f.expected, "actual": f.actual} for f in self.reasons
            ],
            "vouchers": [voucher_json(v, self.reference_of(v)) for v in self.walk.vouchers.vouchers],
        }

    def reference_of(self, voucher: Voucher) -> str:
        """The reference the ledger knows it by, or would know it by."""
        for document in self.documents:
            if set(document.z_keys) & set(voucher.z_keys):
                return document.reference
        return reference(voucher.document_key, 1)


class Looker:
    """Looks at store-days; opens source and posting log once."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def log(self) -> PostingLog:
        return open_posting_log(self._context.loaded)

    def look(self, store: str, day: dt.date) -> Look:
        """The state of one store-day. Sends nothing, writes nothing but an empty posting log."""
        profile = self._context.profile(store)
        posting = self.log.day(store, day)
        documents = tuple(d for d in posting.documents if d.state is not State.REVERSED) if posting else ()
        done = walk(self._context.extracts, profile, day, self.log)
        undecided = [d for d in documents if d.state in UNDECIDED]
        if undecided:
            return Look(store, day, "unknown", tuple(_unknown(d) for d in undecided), done, documents)
        in_ledger = {key for d in documents if d.state in IN_LEDGER for key in d.z_keys}
        wanted = {key for v in done.vouchers.vouchers for key in v.z_keys}
        if done.verdict is Verdict.HELD:
            return Look(store, day, "held", done.reasons, done, documents)
        if wanted and wanted <= in_ledger:
            return Look(store, day, "posted", (), done, documents)
        if done.verdict is Verdict.MISSING:
            if in_ledger:
                return Look(store, day, "posted", (), done, documents)
            return Look(store, day, "missing", (_missing(done),), done, documents)
        if done.verdict is Verdict.CLOSED:
            return Look(store, day, "closed", (), done, documents)
        return Look(store, day, "ok", (), done, documents)


def _unknown(document: Document) -> Finding:
    return _finding(
        document.store,
        document.business_day,
        "posting_outcome_known",
        f"{document.reference} was sent as number {document.transaction_no}, and whether 24SevenOffice has it is unknown: "
        f"{document.problem or 'no answer was recorded'}.",
        "Look for that number and reference in 24SevenOffice before anything else is done; nothing is sent again by itself.",
    )


def _missing(done: Walk) -> Finding:
    return _finding(done.store, done.business_day, "extract_delivered", done.note, "Import the extract.")


def problem_of(document: Document) -> Finding:
    """A document that did not reach the ledger, as the finding a person reads."""
    return _finding(
        document.store,
        document.business_day,
        "posting_accepted",
        f"{document.reference} was not accepted: {document.problem or document.state.value}.",
        "Mend what it names and run the store-day again.",
    )


def _finding(store: str, day: dt.date, rule: str, message: str, next_step: str) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        blocking=True,
        store=store,
        business_day=day,
        message=message,
        next_step=next_step,
    )
