"""Where a store-day stands: what its extract says and what the posting log says, in one word and its reasons.

Belongs here: the state that preview, run, status and missing show, and its JSON form.
Does not: the walk (store_day.py), what the log decides of a voucher (posting/deciding.py), printing (preview.py, status.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypedDict

from frontline_pipeline.accounting.model import Finding, Severity, Voucher, VoucherLine, ZKey
from frontline_pipeline.accounting.preview import VoucherJson, voucher_json
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.frontline.delivery import MissingExtract, deliver_z_reports
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.deciding import InProgress, Send, decide
from frontline_pipeline.posting.documents import JOURNAL, Document
from frontline_pipeline.posting.log import DayPosting, PostingLog
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import SentLine, read_payload
from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.store_day import Verdict, walk

DayState = Literal["ok", "held", "closed", "missing", "posted", "unknown"]

EXIT: dict[DayState, Exit] = {
    "ok": Exit.OK,
    "posted": Exit.OK,
    "closed": Exit.OK,
    "held": Exit.HELD,
    "unknown": Exit.HELD,
    "missing": Exit.MISSING,
}
BROKEN = frozenset({State.REJECTED, State.DRIFTED, State.MISSING, State.DUPLICATED})
"""States of a document that a person must look at, though its outcome is known."""


class ReasonJson(TypedDict):
    """Why a store-day is held, missing or unknown; amounts as text, null where the rule compares nothing."""

    rule: str
    message: str
    expected: str | None
    actual: str | None


class LookJson(TypedDict):
    """What `preview --json` and `run --json` print."""

    store: str
    business_day: str
    state: DayState
    held: bool
    reasons: list[ReasonJson]
    vouchers: list[VoucherJson]


@dataclass(frozen=True)
class Shown:
    """A voucher and the reference that 24SevenOffice knows it by, or would know it by."""

    reference: str
    voucher: Voucher


@dataclass(frozen=True)
class Look:
    """One store-day: state, why, and its documents in the posting log.

    `vouchers`: those that would be posted (ok), those that are posted (posted), none in every other state. `note` says why
    a day is closed, or that there is nothing to post.
    """

    store: str
    business_day: dt.date
    state: DayState
    reasons: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    vouchers: tuple[Shown, ...] = ()
    documents: tuple[Document, ...] = ()
    note: str = ""

    @property
    def exit(self) -> Exit:
        return EXIT[self.state]

    @property
    def draft(self) -> bool:
        """Whether it is posted, and some of it still lies as a draft that a person has to post."""
        return self.state == "posted" and any(d.state is State.DRAFTED for d in self.documents)

    def as_json(self) -> LookJson:
        """The documented form of `--json`: amounts as text with two decimals."""
        return LookJson(
            store=self.store,
            business_day=self.business_day.isoformat(),
            state=self.state,
            held=self.state == "held",
            reasons=[
                ReasonJson(rule=f.rule, message=f.message, expected=f.expected, actual=f.actual) for f in self.reasons
            ],
            vouchers=[voucher_json(shown.voucher, shown.reference) for shown in self.vouchers],
        )

    def held_by(self, reasons: Iterable[Finding]) -> Look:
        """The same store-day, held for these reasons."""
        return replace(self, state="held", reasons=tuple(reasons), vouchers=())


class Looker:
    """Looks at store-days; opens source and posting log once. Sends nothing, writes nothing but an empty posting log."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def log(self) -> PostingLog:
        return open_posting_log(self._context.loaded)

    def look(self, store: str, day: dt.date) -> Look:
        """The state of one store-day: its extract proven, its vouchers held against the posting log as a run would."""
        profile = self._context.profile(store)
        base = _base(store, day, self.log.day(store, day))
        done = walk(self._context.extracts, profile, day, self.log)
        base = replace(base, note=done.note, warnings=tuple(f for f in done.findings if not f.holds))
        if base.state == "unknown":
            return base
        if done.verdict is Verdict.HELD:
            return base.held_by(done.reasons)
        if done.verdict is Verdict.OK and done.vouchers.vouchers:
            return self._decided(base, done.vouchers.vouchers, profile.company_code)
        if _in_ledger(base.documents):
            # The extract is gone, or the calendar was changed, after the day was posted.
            return _posted(base)
        if done.verdict is Verdict.MISSING:
            # The note says what to do as well.
            return replace(base, state="missing", note="", reasons=(finding(base, "extract_delivered", done.note, ""),))
        if done.verdict is Verdict.CLOSED:
            return replace(base, state="closed")
        nothing = "; ".join(f"Z {key.z_number} on register {key.register}" for key in done.vouchers.skipped)
        return replace(base, note=f"{nothing or 'the extract'}: no takings, nothing to post")

    def glance(self, store: str, day: dt.date, posting: DayPosting | None) -> Look:
        """The state of one store-day for a grid: what is in the ledger is not proven again, unless a Z-report came late.

        A look costs the proof of the whole store-day; this only reads which Z-reports a posted one has.
        """
        base = _base(store, day, posting)
        held = {key for d in _in_ledger(base.documents) for key in d.z_keys}
        if base.state == "unknown" or not held:
            return base if base.state == "unknown" else self.look(store, day)
        try:
            bundle = self._context.extracts.z_reports(store, day)
        except ExtractError:
            return self.look(store, day)
        frame = bundle.frames["z_reports"] if bundle is not None else None
        keys = (
            set() if frame is None else {ZKey(*pair) for pair in zip(frame["register"], frame["z_number"], strict=True)}
        )
        return _posted(base) if keys <= held else self.look(store, day)

    def undelivered(self, store: str, day: dt.date) -> bool:
        """Whether an extract is expected and not there, and nothing of the day was ever posted."""
        try:
            deliver_z_reports(self._context.extracts, self._context.profile(store), day)
        except MissingExtract:
            return self.log.day(store, day) is None
        except ExtractError:
            return False
        return False

    def _decided(self, base: Look, vouchers: Sequence[Voucher], company: str) -> Look:
        """What the posting log says of each voucher, asked as the poster asks it right before sending."""
        with self.log.database.reading() as connection:
            decisions = [(voucher, decide(connection, company, voucher)) for voucher in vouchers]
        waiting: list[Shown] = []
        reasons: list[Finding] = []
        for voucher, decision in decisions:
            if isinstance(decision, Send):
                waiting.append(Shown(decision.reference, voucher))
                if decision.existing is not None and decision.existing.state is State.REJECTED:
                    reasons.append(problem_of(base, decision.existing))
            elif isinstance(decision, InProgress):
                reasons.append(_unknown(base, decision.found))
            elif isinstance(decision, Outcome) and not decision.done:
                next_step = "Nothing is sent for it until that is settled."
                reasons.append(finding(base, "posting_log", decision.message, next_step))
        if reasons:
            return base.held_by(reasons)
        return replace(base, vouchers=tuple(waiting)) if waiting else _posted(base)


def _base(store: str, day: dt.date, posting: DayPosting | None) -> Look:
    """A store-day by its documents alone: unknown when one of them is, else ok until the extract says more."""
    documents = tuple(d for d in posting.documents if d.state is not State.REVERSED) if posting else ()
    look = Look(store, day, "ok", documents=documents)
    undecided = [d for d in documents if d.state in UNDECIDED]
    if not undecided:
        return look
    return replace(look, state="unknown", reasons=tuple(_unknown(look, d) for d in undecided))


def _posted(base: Look) -> Look:
    """A store-day whose vouchers are out; held when the ledger no longer agrees with what was sent."""
    broken = [d for d in base.documents if d.state in BROKEN]
    if broken:
        return base.held_by(problem_of(base, d) for d in broken)
    sent = tuple(Shown(d.reference, sent_voucher(d)) for d in _in_ledger(base.documents))
    return replace(base, state="posted", vouchers=sent)


def _in_ledger(documents: Iterable[Document]) -> list[Document]:
    """The journals among them that are out; what takes one back is no journal."""
    return [d for d in documents if d.kind == JOURNAL and d.state in IN_LEDGER]


def sent_voucher(document: Document) -> Voucher:
    """The voucher exactly as it was sent. Raises LogUnusable for a row that something else has changed."""
    sent = read_payload(document.payload, document.reference)
    return Voucher(
        store=document.store,
        business_day=dt.date.fromisoformat(sent["date"]),
        document_key=document.document_key,
        z_keys=document.z_keys,
        mode=document.mode,
        text="",
        lines=tuple(_sent_line(line, document.reference) for line in sent["lines"]),
        vat_posting=sent["vat_posting"],
    )


def _sent_line(line: SentLine, reference: str) -> VoucherLine:
    return VoucherLine(
        account=line["account"],
        debit=max(line["amount"], 0),
        credit=max(-line["amount"], 0),
        # The first line's comment begins with the reference, for searches in the ledger.
        text=line["comment"].removeprefix(reference).strip(),
        tax_code=line["tax"],
        customer_id=line["customer"],
        department_id=line["department"],
        project_id=line["project"],
        dimensions=tuple(line["dimensions"]),
    )


def _unknown(base: Look, document: Document) -> Finding:
    return finding(
        base,
        "posting_outcome_known",
        f"{document.reference} was sent as number {document.transaction_no}, and whether 24SevenOffice has it is unknown: "
        f"{document.problem or 'no answer was recorded'}.",
        f"Look for that number and reference in 24SevenOffice, then say what you saw: `frontline resolve {document.reference} "
        "--found` (or --absent) `--reason ...`. Nothing is sent again by itself.",
    )


def problem_of(base: Look, document: Document) -> Finding:
    """A document that the ledger refused, or that it no longer holds as sent, as the finding a person reads."""
    if document.state is State.REJECTED:
        message = f"{document.reference} was not accepted: {document.problem or 'no reason was given'}."
        return finding(base, "posting_accepted", message, "Mend what it names and run the store-day again.")
    meaning, _, step = judge(document.state).message.partition(": ")
    told = f" ({document.problem})" if document.problem else ""
    return finding(base, "ledger_agrees", f"{document.reference}: {meaning}{told}.", f"{step[:1].upper()}{step[1:]}.")


def finding(base: Look, rule: str, message: str, next_step: str) -> Finding:
    """A reason that no proof of the extract gives: from the posting log, or from a run."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        blocking=True,
        store=base.store,
        business_day=base.business_day,
        message=message,
        next_step=next_step,
    )
