"""The exact reversal of one posted journal, as a document of its own.

Belongs here: whether a journal may be reversed by itself (examined in the ledger right before), the reversal's content, its
sending; used by corrections and rollbacks.
Does not: say what comes after it (correcting.py, rollback.py), take the journal out of its state: that happens in the
transaction in which the reversal turns out to be in the ledger (documents.py).

A reversal has the journal's key with `/rev` and its revision, so that there can be one only: a second attempt finds the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.errors import NotSent, Rejected
from frontline_pipeline.posting import deciding, documents, linking
from frontline_pipeline.posting.attempt import waits_for, words_of
from frontline_pipeline.posting.comparing import LedgerLines, judge_document
from frontline_pipeline.posting.errors import IllegalTransition, Refused
from frontline_pipeline.posting.matching import matched_by_others
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import (
    Sent,
    SentLine,
    encode,
    headed_comment,
    read_payload,
    reference,
    sent_again,
    with_note,
)
from frontline_pipeline.posting.preflight import check_client, open_date
from frontline_pipeline.posting.records import CORRECT, REVERSAL, REVERSAL_SUFFIX, Document, Intent
from frontline_pipeline.posting.sending import Desk, Sender
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, Event, State
from frontline_pipeline.settings import StoreProfile

_MATCHING_DAYS = 31
"""How long after a voucher its counterpart may be dated for the search after shared links."""


@dataclass(frozen=True, slots=True)
class _Where:
    date: dt.date
    year_id: int
    number: int


def reversal_of(desk: Desk, original: Document) -> Document | None:
    """The reversal of a journal that the log knows, whatever came of it."""
    with desk.database.reading() as connection:
        known = documents.revisions(connection, desk.company_code, REVERSAL, original.document_key + REVERSAL_SUFFIX)
    return next((each for each in known if each.revision == original.revision), None)


def reverse(desk: Desk, profile: StoreProfile, original: Document, purpose: str) -> Outcome:
    """Reverse a posted journal: look at it in the ledger, then intent, send, record.

    `purpose` is CORRECT or ROLLBACK (records.py); the journal is `reversed` or `rolled_back` when the outcome is done. An
    earlier attempt is gone on with, never doubled. Raises Refused when the journal must not be reversed by itself: it is a
    draft, the ledger holds something else, somebody matched it, its year is locked.
    """
    work = _Work(desk, profile, original, purpose)
    try:
        return work.run()
    except NotSent as failure:
        return work.held(Hold.NOT_SENT, str(failure))
    except Rejected as refusal:
        desk.lookups.reread()
        return work.held(Hold.REFUSED, str(refusal))
    except IllegalTransition as change:
        return work.held(Hold.NOT_SENT, f"somebody changed the document meanwhile: {change}")


def examine(desk: Desk, original: Document) -> None:
    """Refuse to reverse what the ledger no longer holds as it was sent, or what others have matched (scenario D07).

    One call. Raises Refused with the difference, and whatever LedgerPort's reads raise.
    """
    day = dt.timedelta(days=1)
    window = LedgerLines(
        desk.ledger().transactions(original.ledger_date - day, original.ledger_date + _MATCHING_DAYS * day)
    )
    verdict = judge_document(original, window)
    if verdict.event is not Event.READ_EQUAL:
        told = "; ".join(map(str, verdict.differences)) or "it cannot be read back"
        raise Refused(
            f"{original.reference} is not in the ledger as it was sent ({told}), so that its exact opposite would be wrong",
            kind="drifted",
            next_step=f"mend voucher {original.transaction_no} in 24SevenOffice so that it is as sent, or reverse it there by "
            f"hand and run `frontline reverse {original.reference} --reason ...`",
        )
    lines = window.with_reference(original.reference)[0]
    sign = matched_by_others(lines, window.vouchers(), original.links)
    if sign is not None:
        raise Refused(
            f"{original.reference} (number {original.transaction_no}) is matched by others: {sign}",
            kind="matched",
            next_step="take the matching back in 24SevenOffice, or reverse it there by hand and run "
            f"`frontline reverse {original.reference} --reason ...`",
        )


class _Work:
    def __init__(self, desk: Desk, profile: StoreProfile, original: Document, purpose: str) -> None:
        self._desk = desk
        self._profile = profile
        self._original = original
        self._purpose = purpose
        self._key = original.document_key + REVERSAL_SUFFIX
        self._reference = reference(self._key, original.revision)
        self._sender = Sender(desk)

    def run(self) -> Outcome:
        existing = reversal_of(self._desk, self._original)
        if existing is not None:
            stopped = self._goes_on(existing)
            if stopped is not None:
                return stopped
        self._refuse_what_is_no_journal_in_the_ledger()
        check_client(self._profile.company_code, self._profile.company, self._desk.lookups)
        self._sender.calls += 1
        examine(self._desk, self._original)
        where = self._where(existing)
        if isinstance(where, Outcome):
            return where
        content = self._content(where)
        try:
            found = self._sender.intend(self._intent(where, content), existing, "intent to reverse")
        except IntegrityError:
            return self.held(
                Hold.CONFLICT, f"number {where.number} was taken at this moment; nothing was sent, run again"
            )
        answer = self._sender.send(found, sent_again(content))
        if answer.hold is not None:
            return self.held(answer.hold, answer.why, found.transaction_no)
        return deciding.outcome_of(answer.document, words_of(answer.document, answer.why), calls=self._sender.calls)

    def held(self, hold: Hold, message: str, number: int | None = None) -> Outcome:
        """The outcome of a reversal that was not sent."""
        return Outcome(
            self._key,
            self._reference,
            self._original.revision,
            hold,
            number,
            Mode.POSTED,
            False,
            f"{self._reference}: {message}",
            self._sender.calls,
        )

    def _goes_on(self, existing: Document) -> Outcome | None:
        """What came of an earlier attempt, unless it may be sent now."""
        if existing.state in UNDECIDED:
            why = existing.problem or "no answer was recorded"
            words = f"its outcome is unknown: {why}. {deciding.what_to_look_for(existing)}"
            return deciding.outcome_of(existing, words)
        if existing.state is State.DISPUTED:
            return deciding.outcome_of(existing, deciding.disputed_words(existing))
        if existing.state is State.SKIPPED:
            words = (
                f"a person skipped this reversal; `frontline resume {existing.reference} --reason ...` takes that back"
            )
            return deciding.outcome_of(existing, words)
        if existing.state in IN_LEDGER:
            return deciding.outcome_of(existing, f"already posted as number {existing.transaction_no}", already=True)
        return None

    def _refuse_what_is_no_journal_in_the_ledger(self) -> None:
        original = self._original
        if original.mode is Mode.DRAFT:
            raise Refused(
                f"{original.reference} was saved as draft, and a draft can neither be read nor deleted from here",
                kind="draft",
                next_step=f"delete the draft in 24SevenOffice and run `frontline resolve {original.reference} --absent --reason "
                f"...`, then run the store-day; or post it there, reverse it there, and run `frontline reverse "
                f"{original.reference} --reason ...`",
            )
        if original.type_no is None or original.series_id is None:
            raise Refused(
                f"{original.reference} was adopted with a voucher type that the client does not list, so its number series is "
                "not known",
                kind="voucher_type",
                next_step=f"reverse it in 24SevenOffice by hand and run `frontline reverse {original.reference} --reason ...`",
            )
        if original.state not in IN_LEDGER:
            raise Refused(
                f"{original.reference} is {original.state}, not posted",
                kind="not_posted",
                next_step="there is nothing to reverse; run the store-day",
            )

    def _where(self, existing: Document | None) -> _Where | Outcome:
        """Date, year and number: the journal's own date, or by the store's policy for locked years."""
        original = self._original
        types = self._desk.lookups.voucher_types()
        if original.type_no not in types or types[original.type_no].entry_series_id != original.series_id:
            raise Refused(
                f"{original.reference} was posted with voucher type {original.type_no}, which the client no longer has in series "
                f"{original.series_id}",
                kind="voucher_type",
                next_step="create it again in 24SevenOffice, or reverse the voucher there by hand",
            )
        date, year = open_date(self._reference, original.ledger_date, self._profile, self._desk.lookups)
        series_id = types[original.type_no].entry_series_id
        if existing is not None and existing.owns_number and existing.transaction_no is not None:
            if (existing.series_id, existing.year_id) == (series_id, year.year_id):
                return _Where(date, year.year_id, existing.transaction_no)
            if existing.reached_ledger:
                raise Refused(
                    f"{self._reference}: an earlier request under number {existing.transaction_no} of year {existing.year_id} may "
                    f"yet reach the ledger, and the reversal now leads to year {year.year_id}",
                    kind="number",
                    next_step=f"open year {existing.year_id} in 24SevenOffice, and run this again",
                )
        first = self._sender.undecided(series_id)
        if first is not None:
            return self.held(Hold.WAITING, waits_for(first))
        return _Where(date, year.year_id, self._sender.next_number(date, series_id, year.year_id))

    def _content(self, where: _Where) -> Sent:
        """Every line opposite, whatever the settings say by now; only the texts are new."""
        original = self._original
        was = read_payload(original.payload, original.reference)
        language = self._profile.rules.voucher_language
        note = linking.joined(
            linking.of_reversal(language, original, replaced=self._purpose == CORRECT),
            linking.of_day(language, original.ledger_date, where.date),
        )
        return {
            "reference": self._reference,
            "date": where.date.isoformat(),
            "day": original.business_day.isoformat(),
            "mode": Mode.POSTED.value,
            "year": where.year_id,
            "type": was["type"],
            "number": where.number,
            "vat_posting": was["vat_posting"],
            "z": was["z"],
            "lines": [
                _opposite(line, with_note("", note) if position else headed_comment(self._reference, "", note))
                for position, line in enumerate(was["lines"])
            ],
        }

    def _intent(self, where: _Where, content: Sent) -> Intent:
        original = self._original
        return Intent(
            company=original.company,
            store=original.store,
            business_day=original.business_day,
            ledger_date=where.date,
            document_key=self._key,
            revision=original.revision,
            reference=self._reference,
            granularity=original.granularity,
            content_hash=hashlib.sha256(f"reversal of {original.content_hash}".encode()).hexdigest(),
            payload=encode(content),
            mode=Mode.POSTED,
            type_no=original.type_no,
            series_id=original.series_id,
            year_id=where.year_id,
            transaction_no=where.number,
            z_keys=(),
            kind=REVERSAL,
            purpose=self._purpose,
            reason=self._desk.reason or None,
        )


def _opposite(line: SentLine, comment: str) -> SentLine:
    """A line the other way round. The file stays on the journal: one that is gone by now would have the reversal refused."""
    turned: SentLine = {**line, "amount": -line["amount"], "comment": comment}
    turned.pop("stamp", None)
    return turned
