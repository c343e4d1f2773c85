"""What posting a range of store-days would do, before anything is sent, and what a run of it did: the same lists (D06, F05, F08).

Belongs here: one line per voucher or store-day, sorted into created, updated, matched, held, unmapped, skipped, error; the sums
and the calls of a plan; the page of a run.
Does not: the walk (store_day.py), the comparison with the log (posting/comparison.py), sending, printing, Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from frontline_pipeline.accounting.model import Mode, Voucher
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.posting.comparison import Compared, Effect, compare
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import LineChange, content_hash, read_payload, z_words
from frontline_pipeline.posting.preflight import foreseen
from frontline_pipeline.posting.records import EXHAUSTED, JOURNAL, Document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.settings import PostingSettings, StoreProfile
from frontline_pipeline.store_day import Verdict, Walk, walk

CALLS_OF_A_VOUCHER = {"ledger": 2, "local": 1}
"""By posting.number_source: GetEntryId and SaveBundleList, or the latter alone."""
CALLS_OF_REGISTERS = 9
"""At most, once per company while they are remembered: a login, client, years, types, accounts, VAT codes, departments,
projects, dimensions."""


class Kind(StrEnum):
    """What becomes of a voucher, or of a store-day without one."""

    CREATED = "created"
    """Not out yet; a run posts it, or saves it as draft."""
    UPDATED = "updated"
    """Out with other content; a run holds it, a correction reverses it and posts a new revision."""
    MATCHED = "matched"
    """Out with the same content; nothing is written."""
    HELD = "held"
    """A rule of the proof, or posting, holds it."""
    UNMAPPED = "unmapped"
    """A setting is missing."""
    SKIPPED = "skipped"
    """Closed, no takings, or a person decided that it is not posted."""
    FAILED = "failed"
    """The extract is missing or cannot be read; in a run also what 24SevenOffice refused."""
    UNKNOWN = "unknown"
    """Sent, and whether it arrived is not known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One voucher, or one store-day without one. `amount`: its debit side in øre; `changes`: row by row, for UPDATED."""

    store: str
    business_day: dt.date
    kind: Kind
    reference: str = ""
    amount: Ore = 0
    message: str = ""
    changes: tuple[LineChange, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All lines of a range, in order. `read_backs`: months of companies that a read-back would ask for what is out then.
    `registers`: calls for what is not remembered of the clients. `each`: calls for one voucher."""

    lines: tuple[Line, ...]
    read_backs: int = 0
    registers: int = 0
    each: int = CALLS_OF_A_VOUCHER["ledger"]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many of each kind, all kinds named."""
        found = Counter(line.kind for line in self.lines)
        return {kind: found[kind] for kind in Kind}

    @property
    def sums(self) -> dict[Kind, Ore]:
        """The amounts of each kind."""
        totals: dict[Kind, Ore] = dict.fromkeys(Kind, 0)
        for line in self.lines:
            totals[line.kind] += line.amount
        return totals

    @property
    def calls(self) -> dict[str, int]:
        """What running it would cost in calls to 24SevenOffice, at most."""
        posting = self.each * self.counts[Kind.CREATED]
        return {"posting": posting, "registers": self.registers, "read_back": self.read_backs}


@dataclass
class Planner:
    """Plans store-days from extracts and log alone: nothing is asked of 24SevenOffice, nothing is written."""

    extracts: Extracts
    log: PostingLog
    posting: PostingSettings
    _lookups: dict[str, Lookups] = field(default_factory=dict)

    def plan(self, profiles: Sequence[StoreProfile], days: Iterable[dt.date]) -> Plan:
        """The lines of every store-day of a range, day by day."""
        lines: list[Line] = []
        months: set[tuple[str, int, int]] = set()
        creating: dict[str, StoreProfile] = {}
        for day in days:
            for profile in profiles:
                found = self.day(profile, day)
                lines += found
                kinds = {line.kind for line in found}
                if kinds & {Kind.CREATED, Kind.UPDATED, Kind.MATCHED}:
                    months.add((profile.company_code, day.year, day.month))
                if Kind.CREATED in kinds:
                    creating[profile.company_code] = profile
        cold = [code for code in creating if not self._remembered(code).knows("accounts")]
        each = CALLS_OF_A_VOUCHER[self.posting.number_source]
        return Plan(tuple(lines), len(months), CALLS_OF_REGISTERS * len(cold), each)

    def day(self, profile: StoreProfile, day: dt.date) -> list[Line]:
        """The lines of one store-day."""
        done = walk(self.extracts, profile, day, self.log)
        if done.verdict is not Verdict.OK:
            return self._without_vouchers(profile, day, done)
        lines = [self._line(profile, voucher) for voucher in done.vouchers.vouchers]
        if done.vouchers.skipped:
            words = f"{z_words(list(done.vouchers.skipped))}: no takings, nothing to post"
            lines.append(Line(profile.code, day, Kind.SKIPPED, message=words))
        return lines

    def _without_vouchers(self, profile: StoreProfile, day: dt.date, done: Walk) -> list[Line]:
        out = self._out(profile, day)
        if out and done.verdict in (Verdict.MISSING, Verdict.CLOSED):
            # Delivered and posted once; the extract is gone, or the calendar was changed.
            return [
                Line(profile.code, day, Kind.MATCHED, d.reference, debit_of(d), f"out as number {d.transaction_no}")
                for d in out
            ]
        words = "; ".join(finding.message for finding in done.reasons) or done.note
        rules = {finding.rule for finding in done.reasons}
        if done.verdict is Verdict.CLOSED:
            kind = Kind.SKIPPED
        elif done.verdict is Verdict.MISSING or "extract_readable" in rules:
            kind = Kind.FAILED
        else:
            kind = Kind.UNMAPPED if "everything_mapped" in rules else Kind.HELD
        return [Line(profile.code, day, kind, message=words)]

    def _out(self, profile: StoreProfile, day: dt.date) -> list[Document]:
        known = self.log.documents(store=profile.code, day_from=day, day_to=day, states=IN_LEDGER)
        return [each for each in known if each.kind == JOURNAL]

    def _line(self, profile: StoreProfile, voucher: Voucher) -> Line:
        found = compare(self.log, profile.company_code, voucher)
        kind, message = self._kind(profile, found)
        return Line(voucher.store, voucher.business_day, kind, found.reference, debit(voucher), message, found.changes)

    def _kind(self, profile: StoreProfile, found: Compared) -> tuple[Kind, str]:
        document = found.document
        if found.effect is Effect.CREATED:
            if (
                document is not None
                and document.problem_kind == EXHAUSTED
                and document.content_hash == content_hash(found.voucher)
            ):
                return Kind.HELD, document.problem or "sent too often"
            refusal = foreseen(found.voucher, profile, self._remembered(profile.company_code))
            if refusal is not None:
                return Kind.HELD, str(refusal)
            return Kind.CREATED, "as draft" if found.voucher.mode is Mode.DRAFT else ""
        if found.effect is Effect.HELD and document is not None:
            if document.state in (State.SKIPPED, State.ROLLED_BACK):
                return Kind.SKIPPED, found.message
            if document.state in UNDECIDED:
                return Kind.UNKNOWN, found.message
        return Kind(found.effect.value), found.message

    def _remembered(self, company: str) -> Lookups:
        if company not in self._lookups:
            self._lookups[company] = Lookups.remembered(self.log.database, company, self.posting.lookups_ttl_seconds)
        return self._lookups[company]


def debit(voucher: Voucher) -> Ore:
    """The debit side of a voucher, in øre."""
    return sum(line.debit for line in voucher.lines)


def debit_of(document: Document) -> Ore:
    """The debit side of a document as it was sent, in øre. Raises LogUnusable for a row that something else has changed."""
    return sum(max(line["amount"], 0) for line in read_payload(document.payload, document.reference)["lines"])


def ran(outcomes: Sequence[Outcome], vouchers: Sequence[Voucher]) -> list[Line]:
    """What a run did with its vouchers, in the lists of a plan; `outcomes` as the poster gave them, in the same order."""
    return [
        Line(
            voucher.store,
            voucher.business_day,
            _kind_of(outcome),
            outcome.reference,
            debit(voucher),
            outcome.message,
        )
        for outcome, voucher in zip(outcomes, vouchers, strict=True)
    ]


_KINDS: Mapping[State | Hold, Kind] = {
    Hold.CHANGED: Kind.UPDATED,
    Hold.NOT_SENT: Kind.FAILED,
    Hold.REFUSED: Kind.HELD,
    State.REJECTED: Kind.FAILED,
    State.UNKNOWN: Kind.UNKNOWN,
    State.SENDING: Kind.UNKNOWN,
    Hold.SETTLING: Kind.UNKNOWN,
    State.SKIPPED: Kind.SKIPPED,
    State.ROLLED_BACK: Kind.SKIPPED,
}


def _kind_of(outcome: Outcome) -> Kind:
    if outcome.done:
        return Kind.MATCHED if outcome.already else Kind.CREATED
    return _KINDS.get(outcome.state, Kind.HELD)
