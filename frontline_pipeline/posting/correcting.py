"""Correct a posted store-day whose content changed: the exact reversal, then the new revision (scenarios B12, D05).

Belongs here: the order of a correction, and where it goes on after a crash.
Does not: build vouchers (accounting/), reverse (reversing.py), post (attempt.py), compare on paper (comparison.py).

Crash-safe without a plan of its own: each of the two vouchers is a document with its intent, the reversal takes its journal
along in one transaction, and what is done already is found done. So running it again goes on where it stopped; an ordinary
run of the store-day after the reversal posts the new revision too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from frontline_pipeline.accounting.model import Mode, Voucher, ZKey
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.posting import deciding, documents, lease, preflight, queries, recovery
from frontline_pipeline.posting.attempt import Attempt
from frontline_pipeline.posting.comparison import same_content
from frontline_pipeline.posting.deciding import Send
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import LineChange, changes, read_payload, reference, z_words
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.proof import problem_with
from frontline_pipeline.posting.records import CORRECT, JOURNAL, Document
from frontline_pipeline.posting.reversing import reverse
from frontline_pipeline.posting.sending import Desk
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline.settings import StoreProfile


class Corrected(StrEnum):
    """What came of the correction of one document."""

    CORRECTED = "corrected"
    """Reversed, and the new revision is in the ledger (as draft, where the store's mode is draft now)."""
    REVERSED = "reversed"
    """Reversed, and nothing comes instead: its Z-reports have no takings any more."""
    UNCHANGED = "unchanged"
    """What is out says the same already; nothing was written."""
    REFUSED = "refused"
    """Nothing was written; a person does what the message says."""
    HELD = "held"
    """Not finished: an outcome is unknown, not sent, or rejected. Run the correction again, after what the message says."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What came of one document: in a word, in words, with the difference it makes and what was sent for it."""

    reference: str
    result: Corrected
    message: str
    changes: tuple[LineChange, ...] = ()
    reversal: Outcome | None = None
    revision: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether the ledger says now what the voucher says."""
        return self.result in (Corrected.CORRECTED, Corrected.REVERSED, Corrected.UNCHANGED)

    @property
    def calls(self) -> int:
        """Calls to the ledger made for it."""
        return sum(each.calls for each in (self.reversal, self.revision) if each is not None)


def correct(poster: Poster, vouchers: VoucherSet, profile: StoreProfile, *, reason: str, who: str) -> list[Correction]:
    """Correct what is out of a store-day: `vouchers` is what it should say now, built as the documents out are (booking.py).

    One Correction per voucher, and per document whose Z-reports are all among `vouchers.skipped` (no takings any more).
    Raises Refused without a reason, NotInitialised, LeaseBusy (NotSent) when another writer works for too long, FencedOut
    (NotSent) when the lease is lost, ValueError for vouchers of another store.
    """
    want_reason("correction", reason)
    poster.check_store(vouchers.vouchers, profile)
    with poster.desk(who, reason) as desk:
        recovery.mark_crashed(desk)
        recovery.recover(desk, poster.company)
        done = [_correct(desk, profile, voucher) for voucher in vouchers.vouchers]
        return done + [_take_back(desk, profile, each) for each in _emptied(desk, vouchers.skipped)]


def want_reason(what: str, reason: str) -> None:
    """Raises Refused when a person gives no reason."""
    if not reason.strip():
        raise Refused(f"a {what} is a person's decision, with a reason", kind="reason", next_step="say it in --reason")


def _correct(desk: Desk, profile: StoreProfile, voucher: Voucher) -> Correction:
    sent_as = reference(voucher.document_key, 1)
    problem = problem_with(voucher)
    if problem is not None:
        return Correction(sent_as, Corrected.REFUSED, f"{sent_as}: {problem}")
    lease.renew(desk.database, desk.held)
    with desk.database.reading() as connection:
        live = documents.live_documents_of(connection, desk.company_code, voucher.z_keys)
        before = queries.last_reversed_of(connection, desk.company_code, voucher.z_keys)
        decision = deciding.decide(connection, desk.company_code, voucher)
    journal = live[0] if len(live) == 1 and set(live[0].z_keys) == set(voucher.z_keys) else None
    if journal is None or journal.state not in IN_LEDGER:
        return _go_on(desk, profile, voucher, decision, before)
    if same_content(journal, voucher):
        words = f"{journal.reference}: says the same already (number {journal.transaction_no}); nothing was written"
        return Correction(journal.reference, Corrected.UNCHANGED, words)
    rows = changes(read_payload(journal.payload, journal.reference), voucher)
    try:
        # The new revision must stand before the old one goes.
        preflight.check_voucher(voucher, profile, desk.lookups)
        reversal = reverse(desk, profile, journal, CORRECT)
    except (Refused, OfficeError) as refusal:
        return Correction(journal.reference, Corrected.REFUSED, f"{journal.reference}: {refusal}", rows)
    if not reversal.done:
        return Correction(journal.reference, Corrected.HELD, reversal.message, rows, reversal)
    with desk.database.reading() as connection:
        decision = deciding.decide(connection, desk.company_code, voucher)
    return replace(_go_on(desk, profile, voucher, decision, journal), changes=rows, reversal=reversal)


def _go_on(
    desk: Desk, profile: StoreProfile, voucher: Voucher, decision: object, before: Document | None
) -> Correction:
    """Post the new revision after the reversal, unless nothing was ever posted of it."""
    if isinstance(decision, Outcome):
        return Correction(decision.reference, Corrected.HELD, decision.message, revision=decision)
    if not isinstance(decision, Send):
        return Correction(
            voucher.document_key, Corrected.HELD, f"{voucher.document_key}: it is being sent now; run again"
        )
    if before is None:
        words = f"{decision.reference}: nothing of {z_words(voucher.z_keys)} is posted; run the store-day instead"
        return Correction(decision.reference, Corrected.REFUSED, words)
    revision = Attempt(desk, voucher, profile, decision).run()
    if not revision.done:
        return Correction(before.reference, Corrected.HELD, revision.message, revision=revision)
    place = "saved as draft" if revision.mode is Mode.DRAFT else "posted"
    words = f"{before.reference}: reversed, and {revision.reference} {place} as number {revision.transaction_no}"
    return Correction(before.reference, Corrected.CORRECTED, words, revision=revision)


def _emptied(desk: Desk, skipped: Sequence[ZKey]) -> list[Document]:
    """Journals that are out and whose Z-reports all have no takings any more."""
    with desk.database.reading() as connection:
        live = documents.live_documents_of(connection, desk.company_code, skipped)
    return [
        each for each in live if each.kind == JOURNAL and each.state in IN_LEDGER and set(each.z_keys) <= set(skipped)
    ]


def _take_back(desk: Desk, profile: StoreProfile, journal: Document) -> Correction:
    lease.renew(desk.database, desk.held)
    rows = tuple(
        LineChange(f"Z {key.z_number} of register {key.register}", "with takings", "none") for key in journal.z_keys
    )
    try:
        reversal = reverse(desk, profile, journal, CORRECT)
    except (Refused, OfficeError) as refusal:
        return Correction(journal.reference, Corrected.REFUSED, f"{journal.reference}: {refusal}", rows)
    if not reversal.done or reversal.state is State.DRAFTED:
        return Correction(journal.reference, Corrected.HELD, reversal.message, rows, reversal)
    words = f"{journal.reference}: reversed by number {reversal.transaction_no}; its Z-reports have no takings any more"
    return Correction(journal.reference, Corrected.REVERSED, words, rows, reversal)
