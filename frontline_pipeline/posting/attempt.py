"""One attempt to post one voucher under the lease: check, number, intent, send, record.

Belongs here: the steps from a decision to a recorded answer, for a journal.
Does not: decide what the log says (deciding.py), the shared steps of every sending (sending.py), hold the lease (poster.py),
hold vouchers against registers (preflight.py).
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.office.errors import NotSent, Rejected
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting import deciding, documents, lease, linking, preflight, queries
from frontline_pipeline.posting.attaching import stamped, stamps_of
from frontline_pipeline.posting.deciding import Send
from frontline_pipeline.posting.errors import IllegalTransition, Refused
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import Place, content_hash, payload, to_ledger_voucher, z_words
from frontline_pipeline.posting.preflight import Destination
from frontline_pipeline.posting.records import EXHAUSTED, REVERSAL, REVERSAL_SUFFIX, Document, Intent
from frontline_pipeline.posting.sending import Answer, Desk, Sender
from frontline_pipeline.posting.states import Event, State
from frontline_pipeline.settings import StoreProfile

__all__ = ["Attempt", "Desk"]


class Attempt:
    """One voucher on its way. Use once."""

    def __init__(self, desk: Desk, voucher: Voucher, profile: StoreProfile, send: Send) -> None:
        self._miscounted = False
        self._desk = desk
        self._voucher = voucher
        self._profile = profile
        self._send = send
        self._sender = Sender(desk)
        self._warnings: tuple[str, ...] = ()

    def run(self) -> Outcome:
        """Go through all steps. Raises nothing that a ledger or a check may say; each becomes an outcome.

        A crash - anything that is not an OfficeError - leaves the document `sending`.
        """
        try:
            exhausted = self._exhausted()
            if exhausted is not None:
                return exhausted
            destination = preflight.check_voucher(self._voucher, self._profile, self._desk.lookups)
            blocked = self._blocked(destination)
            if blocked is not None:
                return blocked
            number = self._number(destination)
            place = Place(destination.year_id, destination.type_no, number, destination.date)
            sent = to_ledger_voucher(
                self._voucher, self._send.reference, place, destination.tax_codes, self._note(place)
            )
            sent = stamped(sent, self._stamps())
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
        return replace(self._outcome(self._sender.send(found, sent)), warnings=self._warnings)

    # Before the intent

    def _exhausted(self) -> Outcome | None:
        """The same content as often as the settings allow is enough; a person acts on it, and it begins anew."""
        existing, limit = self._send.existing, self._desk.posting.attempts
        if existing is None or self._desk.reason or existing.attempts < limit:
            return None
        if existing.content_hash != content_hash(self._voucher):
            return None
        found = exhaust(self._desk, existing)
        return self._held(Hold.EXHAUSTED, found.problem or "", found.transaction_no)

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
        first = self._sender.undecided(destination.series_id)
        return self._held(Hold.WAITING, waits_for(first)) if first is not None else None

    def _number(self, destination: Destination) -> int:
        """The intent's own number, or a new one."""
        existing = self._send.existing
        if existing is not None and existing.transaction_no is not None and self._keeps_number(destination):
            return existing.transaction_no
        return self._sender.next_number(destination.date, destination.series_id, destination.year_id)

    def _note(self, place: Place) -> str:
        """What the texts say of other vouchers, and of a day that is booked on another date."""
        language, voucher = self._profile.rules.voucher_language, self._voucher
        day = linking.of_day(language, voucher.business_day, place.date or voucher.business_day)
        with self._desk.database.reading() as connection:
            original = queries.last_reversed_of(connection, self._desk.company_code, voucher.z_keys)
            if original is None:
                return day
            key = original.document_key + REVERSAL_SUFFIX
            reversals = documents.revisions(connection, self._desk.company_code, REVERSAL, key)
        reversal = next((each for each in reversals if each.revision == original.revision), None)
        return linking.joined(linking.of_revision(language, original, reversal), day)

    def _stamps(self) -> tuple[int, ...]:
        """The voucher's documents, uploaded now or for an earlier attempt. What fails is a warning."""
        if self._desk.attach is None:
            return ()
        earlier = stamps_of(self._send.existing)
        if earlier:
            return earlier
        done = self._desk.attach(self._voucher)
        self._warnings = done.warnings
        # Five calls may have taken their time.
        lease.renew(self._desk.database, self._desk.held)
        return done.numbers

    def _intend(self, destination: Destination, sent: LedgerVoucher) -> Document | Outcome:
        voucher, existing = self._voucher, self._send.existing
        # A document that may be out keeps its granularity, whatever journal_per says by now.
        intent = Intent(
            company=self._desk.company_code,
            store=voucher.store,
            business_day=voucher.business_day,
            ledger_date=destination.date,
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
        why = "intent before the call"
        if destination.date != voucher.business_day:
            why += f"; dated {destination.date}, since the fiscal year of {voucher.business_day} is locked"
        try:
            return self._sender.intend(intent, existing, why)
        except IntegrityError:
            return self._held(
                Hold.CONFLICT,
                f"{z_words(voucher.z_keys)} or number {sent.transaction_no} was taken by another document at this moment; "
                "nothing was sent, run again",
            )

    # After the call

    def _once_more(self, found: Document) -> Outcome:
        """A number that was counted on here turned out to be taken: once more, from the ledger's own count."""
        again = Attempt(self._desk, self._voucher, self._profile, replace(self._send, existing=found))
        again._miscounted = True
        return with_calls(again.run(), self._sender.calls)

    def _outcome(self, answer: Answer) -> Outcome:
        found = answer.document
        if answer.miscounted and not self._miscounted:
            return self._once_more(found)
        if answer.hold is not None:
            return self._held(answer.hold, answer.why, found.transaction_no)
        return deciding.outcome_of(found, words_of(found, answer.why), calls=self._sender.calls)

    def _held(self, hold: Hold, message: str, number: int | None = None) -> Outcome:
        send = self._send
        return deciding.held(
            send.document_key, send.reference, send.revision, self._voucher, hold, message, number, self._sender.calls
        )


def words_of(found: Document, why: str) -> str:
    """What came of a document that was just sent, in words."""
    where = f"number {found.transaction_no} of {found.year_id}"
    dated = (
        "" if found.ledger_date == found.business_day else f", dated {found.ledger_date} since its own year is locked"
    )
    if found.state is State.POSTED:
        return f"{'adopted by probe' if found.event == Event.ADOPTED else 'posted'} as {where}{dated}"
    if found.state is State.DRAFTED:
        return f"saved as draft with {where}{dated}; a person posts it in 24SevenOffice"
    if found.state is State.UNKNOWN:
        return f"its outcome is unknown: {found.problem or why}. {deciding.what_to_look_for(found)}"
    if found.state is State.DISPUTED:
        return deciding.disputed_words(found)
    return f"{found.state}: {why}"


def waits_for(first: Document) -> str:
    """Why no new number is taken."""
    return (
        f"waits for {first.reference} of the same number series, whose outcome is {first.state}; no new number is taken "
        f"until it is resolved. {deciding.what_to_look_for(first)}"
    )


def exhaust(desk: Desk, found: Document) -> Document:
    """Say once, in the document and its history, that it is not sent again by itself."""
    if found.problem_kind == EXHAUSTED:
        return found
    last = f"; last: {found.problem}" if found.problem else ""
    why = (
        f"sent {found.attempts} times, as often as posting.attempts allows{last}. Mend what stops it, then run "
        f"`frontline retry {found.reference} --reason ...`"
    )
    with desk.database.writing() as connection:
        now = lease.confirm(desk.database, connection, desk.held)
        return documents.mark(connection, found, EXHAUSTED, desk.actor(now), EXHAUSTED, why)


def with_calls(outcome: Outcome, calls: int) -> Outcome:
    """The outcome with further calls counted in."""
    return replace(outcome, calls=outcome.calls + calls) if calls else outcome
