"""One attempt to post one voucher under the lease: check, number, intent, send, record.

Belongs here: the steps from a decision to a recorded answer, what each answer makes of the document.
Does not: decide what the log says (deciding.py), hold the lease (poster.py), hold vouchers against registers (preflight.py).

The order is the guarantee. The intent - content, number, Z-reports - is on disk before the call. What a crash leaves behind
is a document in `sending`, which the next holder of the lease makes `unknown` and never sends again. A number belongs to its
intent for ever: a re-send uses the same one, so that a late first request collides instead of doubling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from frontline_pipeline.accounting.model import Mode, Voucher
from frontline_pipeline.office.errors import NotSent, Rejected, Unknown
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting import deciding, documents, lease, preflight
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.deciding import Send
from frontline_pipeline.posting.documents import Actor, Document, Intent
from frontline_pipeline.posting.errors import IllegalTransition, Refused
from frontline_pipeline.posting.lease import Lease
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import Place, content_hash, payload, to_ledger_voucher, z_words
from frontline_pipeline.posting.preflight import Destination
from frontline_pipeline.posting.states import UNDECIDED, Event, State
from frontline_pipeline.settings import StoreProfile

BEFORE_SENDING = frozenset({"voucher", "credentials", "login", "identity", "not_authenticated"})
"""Kinds of Rejected after which the ledger never looked at the voucher (office/errors.py)."""

_REFERENCE_EXISTS = "invoicealreadyexists"
"""The ledger's warning that our reference is on another voucher (API.md section 3.1)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an attempt works with: the log, the company's ledger and registers, and who acts under which lease."""

    database: Database
    company_code: str
    lookups: Lookups
    ledger: Callable[[], LedgerPort]
    holder: str
    run_id: str
    held: Lease


class Attempt:
    """One voucher on its way. Use once."""

    def __init__(self, desk: Desk, voucher: Voucher, profile: StoreProfile, send: Send) -> None:
        self._desk = desk
        self._voucher = voucher
        self._profile = profile
        self._send = send
        self._calls = 0

    def run(self) -> Outcome:
        """Go through all steps. Raises nothing that a ledger or a check may say; each becomes an outcome.

        A crash - anything that is not an OfficeError - leaves the document `sending`.
        """
        try:
            destination = preflight.check_voucher(self._voucher, self._profile, self._desk.lookups)
            blocked = self._blocked(destination)
            if blocked is not None:
                return blocked
            number = self._number(destination)
            place = Place(destination.year_id, destination.type_no, number)
            sent = to_ledger_voucher(self._voucher, self._send.reference, place, destination.tax_codes)
            found = self._intend(destination, sent)
        except Refused as refusal:
            return self._held(Hold.REFUSED, str(refusal))
        except NotSent as failure:
            return self._held(Hold.NOT_SENT, str(failure))
        except Rejected as refusal:
            # A question was refused: login, rights, no number in the series. Old registers may be the reason.
            self._desk.lookups.reread()
            return self._held(Hold.REFUSED, str(refusal))
        except IllegalTransition as change:
            return self._held(Hold.NOT_SENT, f"a person changed the document meanwhile: {change}")
        if isinstance(found, Outcome):
            return found
        return self._call(found, sent)

    # Before the intent

    def _keeps_number(self, destination: Destination) -> bool:
        existing = self._send.existing
        return (
            existing is not None
            and existing.owns_number
            and existing.series_id == destination.series_id
            and existing.year_id == destination.year_id
        )

    def _blocked(self, destination: Destination) -> Outcome | None:
        """While one outcome of the series is unknown no new number of it is taken: it might be the same number."""
        existing = self._send.existing
        if self._keeps_number(destination):
            return None
        if existing is not None and existing.reached_ledger and existing.owns_number and existing.live:
            return self._held(
                Hold.REFUSED,
                f"an earlier request under number {existing.transaction_no} of series {existing.series_id}, year "
                f"{existing.year_id}, may yet reach the ledger, and the settings now lead to series {destination.series_id}, "
                f"year {destination.year_id}: set ledger.voucher_type back to {existing.type_no} to send this one again",
            )
        with self._desk.database.reading() as connection:
            open_ones = documents.undecided(connection, self._desk.company_code, destination.series_id)
        if not open_ones:
            return None
        first = open_ones[0]
        return self._held(
            Hold.WAITING,
            f"waits for {first.reference} of the same number series, whose outcome is {first.state}; no new number is taken "
            f"until it is resolved. {deciding.what_to_look_for(first)}",
        )

    def _number(self, destination: Destination) -> int:
        """The intent's own number, or the next one of the series that no other intent owns.

        Whether GetEntryId counts drafts, or numbers whose voucher never came, is not documented (API.md section 3.2): what
        the log knows to be taken is stepped over.
        """
        existing = self._send.existing
        if existing is not None and existing.transaction_no is not None and self._keeps_number(destination):
            return existing.transaction_no
        self._calls += 1
        number = self._desk.ledger().next_transaction_no(self._voucher.business_day, destination.series_id)
        with self._desk.database.reading() as connection:
            taken = documents.owned_numbers(
                connection, self._desk.company_code, destination.series_id, destination.year_id, number
            )
        while number in taken:
            number += 1
        return number

    def _intend(self, destination: Destination, sent: LedgerVoucher) -> Document | Outcome:
        voucher, existing = self._voucher, self._send.existing
        # A document that may be out keeps its granularity, whatever journal_per says by now.
        intent = Intent(
            company=self._desk.company_code,
            store=voucher.store,
            business_day=voucher.business_day,
            document_key=self._send.document_key,
            revision=self._send.revision,
            reference=self._send.reference,
            granularity=existing.granularity if existing and existing.live else self._profile.store.journal_per,
            content_hash=content_hash(voucher),
            payload=payload(voucher, sent, destination.tax_codes),
            mode=voucher.mode,
            type_no=destination.type_no,
            series_id=destination.series_id,
            year_id=destination.year_id,
            transaction_no=sent.transaction_no,
            z_keys=voucher.z_keys,
        )
        try:
            with self._desk.database.writing() as connection:
                now = lease.confirm(self._desk.database, connection, self._desk.held)
                return documents.write_intent(connection, intent, existing, self._actor(now))
        except IntegrityError:
            return self._held(
                Hold.CONFLICT,
                f"{z_words(voucher.z_keys)} or number {sent.transaction_no} was taken by another document at this moment; "
                "nothing was sent, run again",
            )

    # The call and its answer

    def _call(self, found: Document, sent: LedgerVoucher) -> Outcome:
        self._calls += 1
        try:
            self._desk.ledger().save(sent)
        except NotSent as failure:
            return self._record(found, Event.NOT_SENT, str(failure), kind=failure.kind, hold=Hold.NOT_SENT)
        except Rejected as refusal:
            return self._refused(found, refusal)
        except Unknown as lost:
            return self._record(found, Event.LOST, str(lost), kind=lost.kind, reached=True)
        if found.mode is Mode.DRAFT:
            return self._record(found, Event.ACCEPTED_DRAFT, "the ledger answered Ok", reached=True)
        return self._record(found, Event.ACCEPTED_POSTED, "the ledger answered Ok", reached=True)

    def _refused(self, found: Document, refusal: Rejected) -> Outcome:
        self._desk.lookups.reread()
        if refusal.kind in BEFORE_SENDING:
            return self._record(found, Event.NOT_SENT, str(refusal), kind=refusal.kind, hold=Hold.REFUSED)
        if refusal.kind == "duplicate" or _REFERENCE_EXISTS in str(refusal).lower():
            # The number or the reference is there already: by another hand, or by an earlier request of ours. Only looking
            # tells, so this is no refusal of the voucher but an unknown outcome.
            return self._record(found, Event.LOST, str(refusal), kind="duplicate", reached=True)
        return self._record(found, Event.REJECTED, str(refusal), kind=refusal.kind, reached=True)

    def _record(
        self,
        found: Document,
        event: Event,
        why: str,
        *,
        kind: str | None = None,
        hold: Hold | None = None,
        reached: bool | None = None,
    ) -> Outcome:
        """Write the answer down. Needs no lease: the answer is a fact even when the lease was lost during the call."""
        with self._desk.database.writing() as connection:
            actor = self._actor(self._desk.database.now(connection))
            now = documents.by_id(connection, found.id)
            still_ours = now.fencing_token == found.fencing_token and (
                now.state in UNDECIDED
                or (now.state is State.PLANNED and event in (Event.ACCEPTED_POSTED, Event.ACCEPTED_DRAFT))
            )
            if still_ours and not (now.state is State.UNKNOWN and event is Event.LOST):
                now = documents.transition(
                    connection, now, event, actor, why, problem_kind=kind, reached_ledger=reached
                )
            else:
                documents.note(connection, now, "late_answer", actor, why)
        if hold is not None:
            return self._held(hold, why, now.transaction_no)
        return deciding.outcome_of(now, self._words(now, why), calls=self._calls)

    def _words(self, found: Document, why: str) -> str:
        if found.state is State.POSTED:
            return f"posted as number {found.transaction_no} of {found.year_id}"
        if found.state is State.DRAFTED:
            return f"saved as draft with number {found.transaction_no} of {found.year_id}; a person posts it in 24SevenOffice"
        if found.state is State.UNKNOWN:
            return f"its outcome is unknown: {found.problem or why}. {deciding.what_to_look_for(found)}"
        return f"{found.state}: {why}"

    def _actor(self, at: dt.datetime) -> Actor:
        return Actor(self._desk.holder, at, self._desk.run_id, self._desk.held.token)

    def _held(self, hold: Hold, message: str, number: int | None = None) -> Outcome:
        send = self._send
        return deciding.held(
            send.document_key, send.reference, send.revision, self._voucher, hold, message, number, self._calls
        )
