"""Where a store-day stands: what its extract says and what the posting log says, in one word and its reasons.

Belongs here: the state that preview, run, status and missing show, and its JSON form.
Does not: the walk (store_day.py), what the log decides of a voucher (posting/deciding.py), the words about a document
(reasons.py), printing (preview.py, status.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypedDict

from frontline_pipeline.accounting.model import Finding, Voucher, VoucherLine, ZKey
from frontline_pipeline.accounting.preview import VoucherJson, voucher_json
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.reasons import BROKEN, KEPT_OUT, Place, finding, held_step, reason_of
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.frontline.delivery import MissingExtract, deliver_z_reports
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.deciding import InProgress, Send, decide
from frontline_pipeline.posting.documents import JOURNAL, Document
from frontline_pipeline.posting.log import DayPosting, PostingLog
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import SentLine, content_hash, read_payload
from frontline_pipeline.posting.preflight import foreseen
from frontline_pipeline.posting.records import AFTER_ALL, EXHAUSTED, REVERSAL
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.settings import PostingSettings, StoreProfile
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
                ReasonJson(rule=f.rule, message=told(f), expected=f.expected, actual=f.actual) for f in self.reasons
            ],
            vouchers=[voucher_json(shown.voucher, shown.reference) for shown in self.vouchers],
        )

    def held_by(self, reasons: Iterable[Finding]) -> Look:
        """The same store-day, held for these reasons."""
        return replace(self, state="held", reasons=tuple(reasons), vouchers=())


def told(reason: Finding) -> str:
    """The message of a reason, with its likeliest cause where figures do not add up."""
    return f"{reason.message} Likeliest cause: {reason.cause}." if reason.cause else reason.message


class Looker:
    """Looks at store-days; opens source and posting log once. Sends nothing, writes nothing but an empty posting log."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, Lookups] = {}

    @cached_property
    def log(self) -> PostingLog:
        return open_posting_log(self._context.loaded)

    def look(self, store: str, day: dt.date) -> Look:
        """The state of one store-day: its extract proven, its vouchers held against the posting log as a run would."""
        profile = self._context.profile(store)
        base = self._base(store, day, self.log.day(store, day))
        done = walk(self._context.extracts, profile, day, self.log)
        base = replace(base, note=done.note, warnings=tuple(f for f in done.findings if not f.holds))
        if base.state == "unknown":
            return base
        if done.verdict is Verdict.HELD:
            return base.held_by(done.reasons)
        if done.verdict is Verdict.OK and done.vouchers.vouchers:
            return self._decided(base, done.vouchers.vouchers, profile)
        if _in_ledger(base.documents):
            # The extract is gone, or the calendar was changed, after the day was posted.
            return self._posted(base)
        kept_out = [d for d in base.documents if d.state in KEPT_OUT]
        if kept_out:
            return base.held_by(self._reason(d) for d in kept_out)
        if done.verdict is Verdict.MISSING:
            # The note says what to do as well.
            of = Place(store, day)
            return replace(base, state="missing", note="", reasons=(finding(of, "extract_delivered", done.note, ""),))
        if done.verdict is Verdict.CLOSED:
            return replace(base, state="closed")
        nothing = "; ".join(f"Z {key.z_number} on register {key.register}" for key in done.vouchers.skipped)
        return replace(base, note=f"{nothing or 'the extract'}: no takings, nothing to post")

    def glance(self, store: str, day: dt.date, posting: DayPosting | None) -> Look:
        """The state of one store-day for a grid: what is in the ledger is not proven again, unless a Z-report came late.

        A look costs the proof of the whole store-day; this only reads which Z-reports a posted one has.
        """
        base = self._base(store, day, posting)
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
        return self._posted(base) if keys <= held else self.look(store, day)

    def undelivered(self, store: str, day: dt.date) -> bool:
        """Whether an extract is expected and not there, and nothing of the day was ever posted."""
        try:
            deliver_z_reports(self._context.extracts, self._context.profile(store), day)
        except MissingExtract:
            return self.log.day(store, day) is None
        except ExtractError:
            return False
        return False

    def _base(self, store: str, day: dt.date, posting: DayPosting | None) -> Look:
        """A store-day by its documents alone: unknown when one of them is, else ok until the extract says more."""
        documents = tuple(d for d in posting.documents if not _quiet(d)) if posting else ()
        look = Look(store, day, "ok", documents=documents)
        undecided = [d for d in documents if d.state in UNDECIDED]
        if not undecided:
            return look
        return replace(look, state="unknown", reasons=tuple(self._reason(d) for d in undecided))

    def _decided(self, base: Look, vouchers: Sequence[Voucher], profile: StoreProfile) -> Look:
        """What the posting log says of each voucher, asked as the poster asks it right before sending."""
        with self.log.database.reading() as connection:
            decisions = [(voucher, decide(connection, profile.company_code, voucher)) for voucher in vouchers]
        waiting: list[Shown] = []
        # Taken back, and there twice all the same: in sight, whatever may be posted beside it.
        reasons = [self._reason(d) for d in base.documents if d.problem_kind in AFTER_ALL]
        for voucher, decision in decisions:
            if isinstance(decision, Send):
                waiting.append(Shown(decision.reference, voucher))
                reasons += self._stops(base, voucher, decision, profile)
            elif isinstance(decision, InProgress):
                reasons.append(self._reason(decision.found))
            elif isinstance(decision, Outcome) and not decision.done:
                reasons.append(self._held(base, decision))
        if reasons:
            return base.held_by(reasons)
        return replace(base, vouchers=tuple(waiting)) if waiting else self._posted(base)

    def _stops(self, base: Look, voucher: Voucher, send: Send, profile: StoreProfile) -> Iterable[Finding]:
        """What stands in the way of a voucher that the log would let go: an earlier attempt, or what is known of the ledger."""
        earlier = send.existing
        if earlier is not None and (
            earlier.state is State.REJECTED
            or (earlier.problem_kind == EXHAUSTED and earlier.content_hash == content_hash(voucher))
        ):
            yield self._reason(earlier)
            return
        refusal = foreseen(voucher, profile, self._lookups(profile.company_code))
        if refusal is not None:
            step = f"{refusal.next_step[:1].upper()}{refusal.next_step[1:]}. The next run asks 24SevenOffice again."
            yield finding(Place(base.store, base.business_day), "posting_possible", f"{refusal.message}.", step)

    def _held(self, base: Look, outcome: Outcome) -> Finding:
        """Why posting would hold a voucher: what its own document says, else what the log decided."""
        document = next((d for d in base.documents if d.reference == outcome.reference), None)
        if document is not None and document.state in KEPT_OUT and document.state is outcome.state:
            return self._reason(document)
        place = Place(base.store, base.business_day)
        return finding(place, "posting_log", outcome.message, held_step(outcome, base.store, base.business_day))

    def _posted(self, base: Look) -> Look:
        """A store-day whose vouchers are out; held when the ledger no longer agrees with what was sent."""
        broken = [d for d in base.documents if d.state in BROKEN or d.problem_kind in AFTER_ALL]
        if broken:
            return base.held_by(self._reason(d) for d in broken)
        sent = tuple(Shown(d.reference, sent_voucher(d)) for d in _in_ledger(base.documents))
        return replace(base, state="posted", vouchers=sent)

    def _reason(self, document: Document) -> Finding:
        said = ""
        if document.state in KEPT_OUT:
            last = self.log.history(document)[-1]
            said = f"{last.who}, {last.at:%Y-%m-%d}: {last.why}"
        return reason_of(document, self._posting, said)

    @property
    def _posting(self) -> PostingSettings:
        return self._context.settings.posting

    def _lookups(self, company: str) -> Lookups:
        if company not in self._known:
            ttl = self._posting.lookups_ttl_seconds
            self._known[company] = Lookups.remembered(self.log.database, company, ttl)
        return self._known[company]


def _quiet(document: Document) -> bool:
    """What is over and done: a journal that was taken back, and the reversal that took it back and stands as it should."""
    if document.problem_kind in AFTER_ALL:
        return False
    if document.kind == REVERSAL:
        return document.state in (State.POSTED, State.VERIFIED, State.REVERSED)
    return document.state is State.REVERSED


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
