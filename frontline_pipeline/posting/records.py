"""The rows of the posting log as frozen dataclasses.

Belongs here: Document, HistoryEntry, Intent, Actor, the kinds of documents and what a reversal is for.
Does not: read or write them (documents.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.posting.states import State, holds_z_reports

JOURNAL = "journal"
REVERSAL = "reversal"
"""The exact opposite of a posted journal; has the journal's revision and no Z-reports of its own."""
REVERSAL_SUFFIX = "/rev"
ORDER = "order"
"""An order, order basis or invoice of the Invoice service, or a credit note of one. No number of a voucher series: its
`transaction_no` is the OrderId that 24SevenOffice gave, its `granularity` the form (draft, order, invoice), its `links` the
invoice number as JSON; its keys are the receipts that it holds, as `receipt <id>` of their register."""
VOUCHERS = (JOURNAL, REVERSAL)
"""Kinds of documents that are vouchers of the ledger."""

CORRECT = "correct"
"""Purpose of a reversal that makes room for a new revision."""
ROLLBACK = "rollback"
"""Purpose of a reversal that takes the store-day off automatic posting until it is released."""

DELETED = "deleted"
"""Purpose of a journal that a person has deleted in the ledger: it must not be there any more."""
BY_HAND = "by_hand"
"""Purpose of a journal that a person has reversed with a voucher of their own: it stands, and so does what takes it back."""

EXHAUSTED = "exhausted"
"""Problem kind of a document that was sent as often as the settings allow."""

LATE = "late"
"""Problem kind of a document that is in the ledger though nothing counts on it: a request that landed late, or one whose
Z-reports are another document's. In the latter case it takes none, and a read-back that finds it equal calls it doubled."""

BACK = "back"
"""Problem kind of a document that a person has deleted, and that is in the ledger all the same: an earlier request landed."""

AFTER_ALL = {"twice": State.DUPLICATED, "gone": State.MISSING, "edited": State.DRIFTED, BACK: State.DUPLICATED}
"""Problem kinds of a document that was taken back and that the ledger no longer holds as the log has it: more than once, or -
though our reversal of it stands - not at all, or with other lines, or - though it was deleted - there. A store-day of it counts as
what stands beside the kind."""


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document, as the log has it.

    `transaction_no` is None until the first intent. `reached_ledger`: a request may have reached the ledger, so that a
    number of it may be used there. `problem` is the last failure in words, without personal data. `ledger_date`: the date it
    has in the ledger, the business day but for a locked year. `attempts`: sendings of this content since a person last acted
    on it. `sent_at`: until when a request of it may have been under way. `purpose`: of a reversal; of a journal taken back by a
    person, how (DELETED, BY_HAND). `links`: how its lines
    were matched when a read-back first found them equal. `event`: the step that brought it into its state. `reason`: of a
    reversal, why a person has it made.
    """

    id: int
    company: str
    store: str
    business_day: dt.date
    ledger_date: dt.date
    kind: str
    document_key: str
    revision: int
    reference: str
    granularity: str
    content_hash: str
    payload: str
    mode: Mode
    type_no: int | None
    series_id: int | None
    year_id: int | None
    transaction_no: int | None
    owns_number: bool
    state: State
    reached_ledger: bool
    problem_kind: str | None
    problem: str | None
    attempts: int
    sent_at: dt.datetime | None
    purpose: str | None
    links: str | None
    event: str | None
    reason: str | None
    fencing_token: int
    run_id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    z_keys: tuple[ZKey, ...] = ()

    @property
    def live(self) -> bool:
        """Whether its Z-reports are taken."""
        return holds_z_reports(self.state, reached_ledger=self.reached_ledger)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One transition, as it is kept for ever."""

    at: dt.datetime
    from_state: State | None
    to_state: State
    event: str
    who: str
    why: str
    transaction_no: int | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent: everything the log must know before the call. A document that `frontline adopt` found in
    the ledger, or a day that it must not double, is written with the same facts; the latter has no number."""

    company: str
    store: str
    business_day: dt.date
    ledger_date: dt.date
    document_key: str
    revision: int
    reference: str
    granularity: str
    content_hash: str
    payload: str
    mode: Mode
    type_no: int | None
    series_id: int | None
    year_id: int | None
    transaction_no: int | None
    z_keys: tuple[ZKey, ...]
    kind: str = JOURNAL
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts (a run's holder or a person), in which run, under which lease token, at what time of the log's clock."""

    who: str
    at: dt.datetime
    run_id: str = ""
    fencing_token: int = 0
