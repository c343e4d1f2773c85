"""May this voucher be sent, and as which document? Decided from the posting log alone, before any call.

Belongs here: the comparison of a voucher with what is already out, the document key and revision it gets.
Does not: send (poster.py), change anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, Voucher
from frontline_pipeline.posting import documents, queries
from frontline_pipeline.posting.documents import JOURNAL, Document
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import content_hash, differences, read_payload, reference, z_words
from frontline_pipeline.posting.records import BACK
from frontline_pipeline.posting.states import IN_LEDGER, State

_FEW = 6
_LATE = re.compile(r"(.+/\d{4}-\d{2}-\d{2})\.(\d+)")
"""A store-day's second or later document, e.g. `oslo/2026-11-23.2`."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may go: as this key and revision, over `existing` when an earlier attempt left a row."""

    document_key: str
    revision: int
    existing: Document | None

    @property
    def reference(self) -> str:
        """What the ledger will know it by."""
        return reference(self.document_key, self.revision)


@dataclass(frozen=True, slots=True)
class InProgress:
    """A document of it is being sent, or was when its writer died; only the holder of the lease can tell."""

    found: Document


def decide(connection: sa.Connection, company: str, voucher: Voucher) -> Send | Outcome | InProgress:
    """What the log says of a voucher: send it, or what came of it before, or why it is held."""
    live = documents.live_documents_of(connection, company, voucher.z_keys)
    nameless = queries.keyless(connection, company, voucher.store, voucher.business_day)
    if nameless:
        return _nameless(nameless[0], voucher)
    if not live:
        # Out without holding its Z-reports: what held them is taken back, and the next read-back sees it.
        doubled = queries.unclaimed(connection, company, voucher.z_keys)
        return _conflict(doubled, voucher) if doubled else next_document(connection, company, voucher)
    if len(live) == 1 and set(live[0].z_keys) == set(voucher.z_keys):
        return _same_document(live[0], voucher)
    return _conflict(live, voucher)


def next_document(connection: sa.Connection, company: str, voucher: Voucher) -> Send:
    """Key and revision for a voucher whose Z-reports are free.

    The voucher's own key, or - when a live document of other Z-reports has it, as with a late Z of a store-day - the key
    with `.2`, `.3`. A row that was never accepted is used again; after a reversal the revision grows.
    """
    late = _LATE.fullmatch(voucher.document_key)
    base, number = (late[1], int(late[2])) if late else (voucher.document_key, 1)
    while True:
        key = base if number == 1 else f"{base}.{number}"
        known = documents.revisions(connection, company, JOURNAL, key)
        if not known:
            return Send(key, 1, None)
        last = known[-1]
        if last.state is State.REVERSED:
            return Send(key, last.revision + 1, None)
        if not last.live:
            return Send(key, last.revision, last)
        number += 1


def _same_document(found: Document, voucher: Voucher) -> Send | Outcome | InProgress:
    if found.state is State.SENDING:
        return InProgress(found)
    if found.state is State.UNKNOWN:
        why = found.problem or "no answer was recorded"
        return outcome_of(found, f"its outcome is unknown: {why}. {what_to_look_for(found)}")
    if found.state is State.DISPUTED:
        return outcome_of(found, disputed_words(found))
    if found.state is State.SKIPPED:
        return outcome_of(
            found,
            "a person decided that it is not posted; it stays so until that is taken back with "
            f"`frontline resume {found.reference} --reason ...`",
        )
    if found.state is State.ROLLED_BACK:
        return outcome_of(
            found,
            f"a person rolled it back (it was number {found.transaction_no}); it is not posted again until "
            f"`frontline release --store {found.store} --from {found.business_day} --to {found.business_day} --reason ...`",
        )
    if found.state in IN_LEDGER:
        return _in_ledger(found, voucher)
    # Planned and live: a person has looked and said that it is not there.
    return Send(found.document_key, found.revision, found)


def _in_ledger(found: Document, voucher: Voucher) -> Outcome:
    # What was adopted from the ledger has a hash of the ledger's words; only a difference in words counts.
    told = [] if found.content_hash == content_hash(voucher) else differences_of(found, voucher)
    if told:
        shown = "; ".join(told[:_FEW]) + (f"; and {len(told) - _FEW} more" if len(told) > _FEW else "")
        return held(
            found.document_key,
            found.reference,
            found.revision,
            voucher,
            Hold.CHANGED,
            f"{z_words(found.z_keys)} is already {found.state} as number {found.transaction_no}, with other content: "
            f"{shown}. Nothing posted is changed: mend the extract or the settings so that it is the same again, or run "
            f"`frontline correct --store {found.store} --day {found.business_day} --reason ...`, which reverses it and posts the "
            "new revision",
            found.transaction_no,
        )
    done = "saved as draft" if found.mode is Mode.DRAFT else "posted"
    message = f"already {done} as number {found.transaction_no}, nothing was written"
    if found.mode is not voucher.mode:
        message += f"; the store's mode is {voucher.mode} now, the document that is out stays a {found.mode}"
    if found.state in (State.DRIFTED, State.MISSING, State.DUPLICATED):
        message += f"; the last read-back found it {found.state}, see the check ledger_agrees"
    return outcome_of(found, message, already=True)


def _conflict(live: list[Document], voucher: Voucher) -> Outcome:
    parts = [
        f"{z_words([key for key in each.z_keys if key in voucher.z_keys])} is in {each.reference} ({_standing(each)}, journal per "
        f"{each.granularity})"
        for each in live
    ]
    return held(
        voucher.document_key,
        reference(voucher.document_key, 1),
        1,
        voucher,
        Hold.CONFLICT,
        f"{'; '.join(parts)}. A document that is out keeps its Z-reports, whatever journal_per says now; only Z-reports "
        "that are in none can be posted",
    )


def _standing(found: Document) -> str:
    return "deleted by hand, and there again" if found.problem_kind == BACK else str(found.state)


def differences_of(found: Document, voucher: Voucher) -> list[str]:
    """In words, row by row, what a voucher says otherwise than the document."""
    return differences(read_payload(found.payload, found.reference), voucher)


def _nameless(found: Document, voucher: Voucher) -> Outcome:
    return held(
        voucher.document_key,
        reference(voucher.document_key, 1),
        1,
        voucher,
        Hold.CONFLICT,
        f"{found.reference} of this store-day was adopted from the ledger without its Z-reports, so which ones it holds is not "
        f"known; run `frontline adopt --from {found.business_day} --to {found.business_day}` with the extract at hand",
    )


def disputed_words(found: Document) -> str:
    """What a person does about a document that the ledger disputes."""
    said = found.problem or "something else stands in the ledger in its place"
    return (
        f"held, the ledger does not show what was sent: {said}. Look at it in 24SevenOffice, then run `frontline resolve "
        f"{found.reference} --found` (it is this one) or `--absent` (it is not), with `--reason ...`"
    )


def what_to_look_for(found: Document) -> str:
    """How a person finds out what became of a document, and says so."""
    where = "drafts (kladd)" if found.mode is Mode.DRAFT else "posted vouchers"
    return (
        f"Look among the {where} of 24SevenOffice for {found.reference} (number {found.transaction_no}, dated "
        f"{found.business_day}), then run `frontline resolve {found.reference} --found` or `--absent --reason ...`"
    )


def outcome_of(found: Document, message: str, *, already: bool = False, calls: int = 0) -> Outcome:
    """The outcome that a document's own state tells."""
    return Outcome(
        found.document_key,
        found.reference,
        found.revision,
        found.state,
        found.transaction_no,
        found.mode,
        already,
        f"{found.reference}: {message}",
        calls,
    )


def held(
    document_key: str,
    sent_as: str,
    revision: int,
    voucher: Voucher,
    hold: Hold,
    message: str,
    transaction_no: int | None = None,
    calls: int = 0,
) -> Outcome:
    """The outcome of a voucher that was not sent."""
    return Outcome(
        document_key, sent_as, revision, hold, transaction_no, voucher.mode, False, f"{sent_as}: {message}", calls
    )
