"""Sending one intent: its number, the intent before the call, the call, the answer.

Belongs here: what every sending shares - a journal's first (attempt.py), one sent again (recovery.py), a reversal
(reversing.py): the rule of numbers, the durable intent, what each answer makes of the document.
Does not: decide that something is sent, hold the lease (poster.py).

The order is the guarantee. The intent - content, number, Z-reports - is on disk before the call. What a crash leaves behind
is a document in `sending`, which the next holder of the lease makes `unknown` and looks for. A number belongs to its intent
for ever: a re-send uses the same one, so that a late first request collides instead of doubling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.errors import NotSent, Rejected, Unknown
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting import documents, lease, probing, queries
from frontline_pipeline.posting.attaching import Attach
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.lease import Lease, SystemWaiting, Waiting
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.records import Actor, Document, Intent
from frontline_pipeline.posting.states import UNDECIDED, Event, State
from frontline_pipeline.settings import PostingSettings

BEFORE_SENDING = frozenset({"voucher", "credentials", "login", "identity", "not_authenticated"})
"""Kinds of Rejected after which the ledger never looked at the voucher (office/errors.py)."""
DUPLICATE = "duplicate"
"""Problem kind of a document whose number or reference the ledger called used."""

_REFERENCE_EXISTS = "invoicealreadyexists"
"""The ledger's warning that our reference is on another voucher (API.md section 3.1)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a sending works with: the log, the company's ledger and registers, and who acts under which lease."""

    database: Database
    company_code: str
    lookups: Lookups
    ledger: Callable[[], LedgerPort]
    holder: str
    run_id: str
    held: Lease
    posting: PostingSettings = field(default_factory=PostingSettings)
    waiting: Waiting = field(default_factory=SystemWaiting)
    reason: str = ""
    """Why a person has this done; empty in a run."""
    attach: Attach | None = None
    """Uploads the documents of a voucher; None where none are wanted."""

    def actor(self, at: dt.datetime) -> Actor:
        """Who acts, for the history."""
        return Actor(self.holder, at, self.run_id, self.held.token)

    def why(self, words: str) -> str:
        """Words for the history, with the person's reason."""
        return f"{words}: {self.reason}" if self.reason else words


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sending made of its document; `hold` when it is not the document's own state that says so."""

    document: Document
    hold: Hold | None
    why: str
    miscounted: bool = False
    """The number that was counted on here is another voucher's: nothing was saved, and the next one is the ledger's."""


class Sender:
    """The steps of one sending. `calls` counts what it asked of the ledger, lookups not included."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._counted: int | None = None
        self.calls = 0

    def undecided(self, series_id: int) -> Document | None:
        """The oldest document of a series whose outcome is unknown: while there is one, no new number of it is taken."""
        with self._desk.database.reading() as connection:
            found = queries.undecided(connection, self._desk.company_code, series_id)
        return found[0] if found else None

    def next_number(self, on: dt.date, series_id: int, year_id: int) -> int:
        """The next number of the series that no intent of the log owns.

        Whether GetEntryId counts drafts, or numbers whose voucher never came, is not documented (API.md section 3.2): what
        the log knows to be taken is stepped over. With `posting.number_source: local` the ledger is asked once in a while
        only (lookups.py), and after every refusal; in between its writer, which is the only one under the lease, counts on.
        """
        if self._desk.posting.number_source == "local":
            return self._count_on(on, series_id, year_id)
        self.calls += 1
        number = self._desk.ledger().next_transaction_no(on, series_id)
        with self._desk.database.reading() as connection:
            taken = queries.owned_numbers(connection, self._desk.company_code, series_id, year_id, number)
        while number in taken:
            number += 1
        return number

    def _count_on(self, on: dt.date, series_id: int, year_id: int) -> int:
        told = self._desk.lookups.next_number(on, series_id, year_id)
        with self._desk.database.reading() as connection:
            highest = queries.highest_owned(connection, self._desk.company_code, series_id, year_id)
        self._counted = max(told, highest + 1)
        return self._counted

    def intend(self, intent: Intent, existing: Document | None, why: str = "intent before the call") -> Document:
        """The intent, on disk when this returns. Raises FencedOut (a NotSent), IntegrityError, IllegalTransition."""
        desk = self._desk
        with desk.database.writing() as connection:
            now = lease.confirm(desk.database, connection, desk.held)
            return documents.write_intent(
                connection, intent, existing, desk.actor(now), desk.why(why), by_person=bool(desk.reason)
            )

    def send(self, found: Document, sent: LedgerVoucher) -> Answer:
        """The call, and its answer written down."""
        self.calls += 1
        try:
            self._desk.ledger().save(sent)
        except NotSent as failure:
            return self._record(found, Event.NOT_SENT, str(failure), kind=failure.kind, hold=Hold.NOT_SENT)
        except Rejected as refusal:
            return self._refused(found, refusal)
        except Unknown as lost:
            return self._record(found, Event.LOST, str(lost), kind=lost.kind, reached=True)
        accepted = Event.ACCEPTED_DRAFT if found.mode is Mode.DRAFT else Event.ACCEPTED_POSTED
        return self._record(found, accepted, "the ledger answered Ok", reached=True)

    def probe(self, found: Document) -> probing.Probe:
        """Look for a document in the ledger. Raises what LedgerPort's reads raise."""
        series_of = {each.type_id: each.entry_series_id for each in self._desk.lookups.voucher_types().values()}
        seen = probing.probe(self._desk.ledger(), found, series_of)
        self.calls += seen.calls
        return seen

    def _refused(self, found: Document, refusal: Rejected) -> Answer:
        self._desk.lookups.reread()
        if refusal.kind in BEFORE_SENDING:
            return self._record(found, Event.NOT_SENT, str(refusal), kind=refusal.kind, hold=Hold.REFUSED)
        if refusal.kind == DUPLICATE or _REFERENCE_EXISTS in str(refusal).lower():
            # The number or the reference is there already: by another hand, or by an earlier request of ours. Only looking
            # tells, so this is no refusal of the voucher but an unknown outcome.
            answer = self._record(found, Event.LOST, str(refusal), kind=DUPLICATE, reached=True)
            return self._look(answer)
        return self._record(found, Event.REJECTED, str(refusal), kind=refusal.kind, reached=True)

    def _look(self, answer: Answer) -> Answer:
        """Called used: is it ours?"""
        found = answer.document
        counted = found.transaction_no == self._counted
        if found.state is not State.UNKNOWN or not (counted or found.mode is Mode.POSTED):
            return answer
        try:
            seen = self.probe(found)
        except (NotSent, Rejected):
            return answer
        if seen.number_taken and counted:
            return self._miscounted(found, seen)
        if seen.event is None or found.mode is not Mode.POSTED:
            return answer
        now = probing.record(self._desk.database, found, seen, self._desk.actor)
        return Answer(now, None, now.problem or "the ledger holds exactly what was sent")

    def _miscounted(self, found: Document, seen: probing.Probe) -> Answer:
        """The number was counted on here for this sending, and the ledger shows it on another voucher: so the ledger refused
        this one, however often its only request arrived, and it may take a new number. Any other number stays its own."""
        why = f"number {found.transaction_no} was counted on here and is another voucher's ({seen.words}); nothing was saved"
        with self._desk.database.writing() as connection:
            actor = self._desk.actor(self._desk.database.now(connection))
            try:
                now = documents.transition(
                    connection, found, Event.NOT_SENT, actor, why, reached_ledger=False, releases_number=True
                )
            except IllegalTransition:
                return Answer(documents.by_id(connection, found.id), Hold.NOT_SENT, why)
        return Answer(now, Hold.NOT_SENT, f"{why}; the next number is asked of the ledger, run again", miscounted=True)

    def _record(
        self,
        found: Document,
        event: Event,
        why: str,
        *,
        kind: str | None = None,
        hold: Hold | None = None,
        reached: bool | None = None,
    ) -> Answer:
        """Write the answer down. Needs no lease: the answer is a fact even when the lease was lost during the call."""
        with self._desk.database.writing() as connection:
            at = self._desk.database.now(connection)
            actor = self._desk.actor(at)
            now = documents.by_id(connection, found.id)
            still_ours = now.fencing_token == found.fencing_token and (
                now.state in UNDECIDED
                or (now.state is State.PLANNED and event in (Event.ACCEPTED_POSTED, Event.ACCEPTED_DRAFT))
            )
            if still_ours and not (now.state is State.UNKNOWN and event is Event.LOST):
                changes = {"sent_at": at} if event is Event.LOST else None
                now = documents.transition(
                    connection, now, event, actor, why, problem_kind=kind, reached_ledger=reached, changes=changes
                )
            else:
                documents.note(connection, now, "late_answer", actor, why)
        return Answer(now, hold, why)
