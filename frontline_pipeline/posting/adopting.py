"""`frontline adopt`: take over vouchers of ours from a ledger with history, or rebuild a lost posting log (X11, X12).

Belongs here: which vouchers of the ledger are ours, in which order they go into the log, what is reported instead.
Does not: what a row holds of a voucher that only the ledger knows (adopted_rows.py), build expected vouchers: the caller has the
extracts. Sends nothing.

Drafts cannot be read (API.md section 3.5), so a lost log does not know whether a draft is out. What would be sent as draft and
is not posted is therefore held as `disputed` until a person says, unless the caller knows that no draft was ever sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from frontline_pipeline.accounting.model import Mode, Voucher, ZKey
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.posting import deciding, documents
from frontline_pipeline.posting.adopted_rows import (
    Registers,
    copies,
    looks_like,
    of_other_hands,
    row_of_expected,
    row_of_ledger,
    row_of_match,
)
from frontline_pipeline.posting.comparing import LedgerLines, judge_document
from frontline_pipeline.posting.deciding import Send
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import reference, z_words
from frontline_pipeline.posting.person import HAND_ENTERED, MAYBE_DRAFT
from frontline_pipeline.posting.records import (
    CORRECT,
    JOURNAL,
    LATE,
    REVERSAL,
    REVERSAL_SUFFIX,
    ROLLBACK,
    Actor,
    Document,
    Intent,
)
from frontline_pipeline.posting.references import Reference, parse
from frontline_pipeline.posting.states import IN_LEDGER, Event, State
from frontline_pipeline.settings import StoreProfile

Expected = Callable[[StoreProfile, dt.date], Sequence[Voucher]]
"""What a store-day's extract says should be posted; empty for a day without one."""
_DAY = dt.timedelta(days=1)
_WINDOW = dt.timedelta(days=31)
_REPLACED = (
    "a later revision is too, and its reversal {reversal} is not: the same sales may be posted twice. If it was reversed there "
    "by hand, say so with `frontline reverse`; if somebody deleted the reversal, enter it again with this reference and adopt "
    "again, or reverse this one there by hand and say so"
)
_ELSEWHERE = (
    "its Z-reports are in another document that is out: the same sales may be posted twice; compare both in 24SevenOffice, "
    "reverse one, and say so with `frontline reverse`"
)
_MAYBE_OUT = "a draft of {} may be out, and drafts cannot be read: look among the drafts"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What could not be taken over, in words."""

    store: str
    business_day: dt.date
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What came of it. `adopted`: now in the log. `known`: references that it had already. `held`: store-days that may be in
    the ledger by another hand, or as drafts: `disputed` until a person says, and told again until then. `not_posted`: store-days
    with something to post and no posted voucher; the next run posts them."""

    adopted: tuple[Document, ...]
    known: tuple[str, ...]
    held: tuple[Document, ...]
    conflicts: tuple[Conflict, ...]
    not_posted: tuple[tuple[str, dt.date], ...]
    calls: int


@dataclass
class _Work:
    log: PostingLog
    company: str
    profiles: dict[str, StoreProfile]
    registers: Registers
    window: LedgerLines
    first: dt.date
    last: dt.date
    who: str
    expected: dict[tuple[str, dt.date], Sequence[Voucher]]
    by_key: dict[tuple[str, str], Voucher]
    ours: list[Reference]
    by_others: dict[dt.date, list[list[Transaction]]]
    adopted: list[Document] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    held: list[Document] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    not_posted: dict[tuple[str, dt.date], None] = field(default_factory=dict)


def adopt(
    log: PostingLog,
    ledger: LedgerPort,
    company: str,
    profiles: Iterable[StoreProfile],
    first: dt.date,
    last: dt.date,
    *,
    who: str,
    expected: Expected | None = None,
    hold_possible_drafts: bool = True,
    declare: bool = True,
) -> Adoption:
    """Take over what carries our keys, business days `first` to `last`, into the log, and declare the log rebuilt (unless
    `declare` is false, while other companies or stores of it are still to be taken over).

    Let `last` be today: a reversal, or a day of a locked year, may be dated after its business day. A few calls for the
    registers and one per 31 days. `expected` gives the content to compare with and the Z-reports of journals
    per store, and finds vouchers entered by hand; without it a journal per store is known by its key alone and holds its whole
    store-day until adopt runs with extracts. Running it again takes over only what is new. Raises what LedgerPort's reads
    raise; then nothing is written, and the log stays uninitialised.
    """
    mine = {each.code: each for each in profiles if each.company_code == company}
    registers = Registers.read(ledger)
    lines = []
    calls = Registers.CALLS
    start, end = first - _DAY, last + _DAY
    while start <= end:
        until = min(start + _WINDOW - _DAY, end)
        lines += ledger.transactions(start, until)
        calls += 1
        start = until + _DAY
    window = LedgerLines(lines)
    per_day: dict[tuple[str, dt.date], Sequence[Voucher]] = {}
    if expected is not None:
        for day in (first + n * _DAY for n in range((last - first).days + 1)):
            for code, profile in mine.items():
                per_day[code, day] = tuple(expected(profile, day))
    work = _Work(
        log=log,
        company=company,
        profiles=mine,
        registers=registers,
        window=window,
        first=first,
        last=last,
        who=who,
        expected=per_day,
        by_key={(each.store, each.document_key): each for vouchers in per_day.values() for each in vouchers},
        ours=[each for name in window.references() if (each := parse(name)) is not None and each.store in mine],
        by_others=of_other_hands(window, mine),
    )
    _take_over(work)
    _hold_the_rest(work, hold_possible_drafts)
    if declare:
        log.initialise(who, "adopt")
    return Adoption(
        tuple(work.adopted),
        tuple(work.known),
        tuple(work.held),
        tuple(work.conflicts),
        tuple(work.not_posted),
        calls,
    )


def _take_over(work: _Work) -> None:
    # A journal before its reversal, which takes it along; the next revision after both, since they share Z-reports.
    found = sorted(work.ours, key=lambda each: (each.document_key, each.revision, each.kind != JOURNAL))
    newest: dict[str, int] = {}
    for each in found:
        if each.kind == JOURNAL:
            newest[each.document_key] = max(newest.get(each.document_key, 0), each.revision)
    for each in found:
        voucher = _expected(work, each)
        day = each.day or (voucher.business_day if voucher else _vouchers(work, each)[0][0].date)
        if not work.first <= day <= work.last:
            continue
        _want_journal(work, each, day)
        _adopt(work, each, day, voucher, replaced=newest.get(each.document_key, 0) > each.revision)


def _want_journal(work: _Work, ours: Reference, day: dt.date) -> None:
    """A reversal whose journal is neither in the ledger nor known takes back what is not there: the books are short."""
    journal = f"{ours.document_key}/r{ours.revision}"
    if ours.kind == JOURNAL or ours.is_shortened or work.window.with_reference(journal):
        return
    if work.log.by_reference(work.company, journal) is None:
        number = _vouchers(work, ours)[0][0].transaction_no
        said = (
            f"{ours.text} (number {number}) reverses {journal}, which is not in the ledger: somebody deleted it, and the "
            "reversal takes back what is not there; enter it again with this reference, or reverse the reversal by hand"
        )
        work.conflicts.append(Conflict(ours.store, day, ours.text, said))


def _expected(work: _Work, ours: Reference) -> Voucher | None:
    """What the extract says should be posted under this reference (or, of a reversal, under that of its journal)."""
    found = work.by_key.get((ours.store, ours.document_key))
    if found is not None or not ours.is_shortened:
        return found
    journal = f"{ours.document_key}/r{ours.revision}"
    of_store = (each for (store, _), each in work.by_key.items() if store == ours.store)
    return next((each for each in of_store if reference(each.document_key, ours.revision) == journal), None)


def _vouchers(work: _Work, ours: Reference) -> list[list[Transaction]]:
    return work.window.with_reference(ours.text)


def _adopt(work: _Work, ours: Reference, day: dt.date, voucher: Voucher | None, *, replaced: bool) -> None:
    """`replaced`: a later revision is in the ledger, and the Z-reports are that one's."""
    vouchers = [copy for lines in _vouchers(work, ours) for copy in copies(ours.text, lines)]
    # A reversal without a later revision may be a rollback: held until it is released, never posted again by itself.
    purpose = CORRECT if replaced else ROLLBACK
    z_keys = _z_keys(work, ours, day, voucher)
    rows = [row_of_ledger(work.registers, work.company, ours, day, each, z_keys, purpose) for each in vouchers]
    equal: Intent | None = None
    if voucher is not None and ours.kind == JOURNAL:
        # Several vouchers may carry the key: the one that is as expected is it.
        profile = work.profiles[ours.store]
        matches = (
            row_of_match(work.registers, row, voucher, lines, profile)
            for row, lines in zip(rows, vouchers, strict=True)
        )
        equal = next((each for each in matches if each is not None), None)
    row = equal or rows[0]
    known = work.log.by_reference(work.company, ours.text)
    if known is not None:
        work.known.append(ours.text)
        if z_keys and not known.z_keys and known.kind == JOURNAL and known.live:
            _write(work, ours, day, partial(_fill, known, row))
        return
    claims = not (replaced and ours.kind == JOURNAL)
    doubled = (
        "" if claims or _is_taken_back(work, ours, voucher) else _REPLACED.format(reversal=_reversal_of(ours, voucher))
    )
    done = _write(work, ours, day, partial(_record, work, row, equal is not None, claims, doubled))
    if done is not None:
        work.adopted.append(done)
        if done.problem_kind == LATE:
            said = f"{ours.text} (number {done.transaction_no}) is in the ledger, but {done.problem}"
            work.conflicts.append(Conflict(ours.store, day, ours.text, said))


def _reversal_of(ours: Reference, voucher: Voucher | None) -> str:
    key = voucher.document_key if voucher and ours.is_shortened else ours.document_key
    return reference(key + REVERSAL_SUFFIX, ours.revision)


def _is_taken_back(work: _Work, ours: Reference, voucher: Voucher | None) -> bool:
    """Whether a reversal of a journal is in the ledger. Of a shortened reference only the extract can say; without it, its
    store-day is held anyhow."""
    return bool(work.window.with_reference(_reversal_of(ours, voucher))) or (ours.is_shortened and voucher is None)


def _fill(known: Document, row: Intent, connection: Connection, actor: Actor) -> Document:
    return documents.fill(connection, known, row, actor, "its Z-reports, by the extract")


def _record(
    work: _Work, row: Intent, as_expected: bool, claims: bool, doubled: str, connection: Connection, actor: Actor
) -> Document:
    """`claims`: whether its Z-reports are its own. `doubled`: why it is one too many, "" when it is not."""
    planned = documents.plan(connection, row, actor, "found in the ledger by its reference")
    why = "adopted: it carries our key"
    reversal = _known_reversal(connection, planned)
    # Its Z-reports may be a later revision's by now.
    claims = claims and (reversal is None or reversal.purpose == ROLLBACK)
    adopt = partial(documents.transition, connection, planned, Event.ADOPTED, actor, why, reached_ledger=True)
    try:
        with connection.begin_nested():
            now = adopt(claims=claims)
    except IntegrityError:
        # It must be known all the same, or its key and revision would be posted a second time.
        claims, doubled, now = False, doubled or _ELSEWHERE, adopt(claims=False)
    if reversal is not None:
        event = Event.ROLL_BACK if reversal.purpose == ROLLBACK else Event.REVERSE
        return documents.transition(
            connection, now, event, actor, f"reversed by {reversal.reference}, which the log has"
        )
    if doubled:
        return documents.transition(connection, now, Event.READ_TWICE, actor, doubled, problem_kind=LATE, claims=claims)
    verdict = judge_document(now, work.window)
    if verdict.event is None or now.kind == REVERSAL:
        return now
    read = partial(documents.transition, connection, now, verdict.event, actor, claims=claims)
    if verdict.event is Event.READ_EQUAL:
        # Equal to itself says nothing; equal to the extract does.
        return read("as the extract says") if as_expected else now
    told = "; ".join(map(str, verdict.differences[:6]))
    return read(told, problem_kind="adopted")


def _known_reversal(connection: Connection, journal: Document) -> Document | None:
    """The reversal of a journal, where an earlier adopt found it and not the journal."""
    if journal.kind != JOURNAL:
        return None
    known = documents.revisions(connection, journal.company, REVERSAL, journal.document_key + REVERSAL_SUFFIX)
    return next((each for each in known if each.revision == journal.revision and each.state in IN_LEDGER), None)


def _z_keys(work: _Work, ours: Reference, day: dt.date, voucher: Voucher | None) -> tuple[ZKey, ...]:
    """By the reference, by the expected voucher of the same key, or - a journal per store that the settings would now make
    per register - all of the day that no other voucher of ours in the ledger names."""
    if ours.kind == REVERSAL:
        return ()
    if ours.z_key is not None:
        return (ours.z_key,)
    if voucher is not None:
        return voucher.z_keys
    if ours.day is None:
        return ()
    named = {each.z_key for each in work.ours}
    of_day = {key for each in work.expected.get((ours.store, day), ()) for key in each.z_keys}
    return tuple(sorted(of_day - named))


def _write(
    work: _Work, ours: Reference, day: dt.date, write: Callable[[Connection, Actor], Document]
) -> Document | None:
    try:
        with work.log.database.writing() as connection:
            return write(connection, Actor(work.who, work.log.database.now(connection)))
    except IntegrityError:
        number = _vouchers(work, ours)[0][0].transaction_no
        said = (
            f"{ours.text} (number {number}) is in the ledger, but its Z-reports or its number belong to another document of the "
            "log: the same sales may be posted twice; compare both in 24SevenOffice and reverse one"
        )
        work.conflicts.append(Conflict(ours.store, day, ours.text, said))
        return None


def _hold_the_rest(work: _Work, hold_possible_drafts: bool) -> None:
    """Expected, and not in the ledger under our keys: entered by hand perhaps, or out as a draft, or not posted."""
    for (store, day), vouchers in work.expected.items():
        for voucher in vouchers:
            with work.log.database.reading() as connection:
                decision = deciding.decide(connection, work.company, voucher)
            if not isinstance(decision, Send):
                if isinstance(decision, Outcome):
                    _still_held(work, decision)
                continue
            by_hand = looks_like(voucher, work.by_others)
            if by_hand is not None:
                said = (
                    f"number {by_hand[0].transaction_no} of {by_hand[0].date} was not posted by this pipeline and looks like it "
                    "(same date, same total or same accounts)"
                )
                if voucher.mode is Mode.DRAFT and hold_possible_drafts:
                    said += f"; {_MAYBE_OUT.format(z_words(voucher.z_keys))}"
                work.conflicts.append(Conflict(store, day, decision.reference, f"{decision.reference}: {said}"))
                _hold(work, voucher, decision, HAND_ENTERED, said)
            elif voucher.mode is Mode.DRAFT and hold_possible_drafts:
                said = _MAYBE_OUT.format(z_words(voucher.z_keys))
                _hold(work, voucher, decision, MAYBE_DRAFT, said)
            else:
                work.not_posted[store, day] = None


def _still_held(work: _Work, decision: Outcome) -> None:
    """What an earlier adopt held, and nobody has looked at since, is told again."""
    known = work.log.by_reference(work.company, decision.reference)
    if known is not None and known.state is State.DISPUTED and known.problem_kind in (HAND_ENTERED, MAYBE_DRAFT):
        work.held.append(known)


def _hold(work: _Work, voucher: Voucher, decision: Send, kind: str, said: str) -> None:
    row = row_of_expected(work.registers, work.company, voucher, decision, work.profiles[voucher.store])
    with work.log.database.writing() as connection:
        actor = Actor(work.who, work.log.database.now(connection))
        planned = decision.existing or documents.plan(connection, row, actor, "held by adopt")
        work.held.append(documents.transition(connection, planned, Event.DIFFERS, actor, said, problem_kind=kind))
