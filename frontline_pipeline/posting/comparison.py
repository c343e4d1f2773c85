"""What posting would do with vouchers, on paper: created, matched, changed line by line, held.

Belongs here: the dry comparison of a voucher with the log.
Does not: send or write anything, ask the ledger, count over a range (planning.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.posting import deciding, documents
from frontline_pipeline.posting.deciding import InProgress, Send
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.payload import LineChange, changes, content_hash, read_payload, reference
from frontline_pipeline.posting.proof import problem_with
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import IN_LEDGER


class Effect(StrEnum):
    """What posting, or a correction, would do with a voucher."""

    CREATED = "created"
    """Not out yet; a run posts it."""
    UPDATED = "updated"
    """Out with other content; a correction reverses it and posts a new revision, a run holds it."""
    MATCHED = "matched"
    """Out with the same content; nothing is written."""
    HELD = "held"
    """A run holds it; `message` says why."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One voucher held against the log. `document`: what is out of it; `changes`: row by row, for UPDATED."""

    reference: str
    effect: Effect
    voucher: Voucher
    document: Document | None = None
    changes: tuple[LineChange, ...] = ()
    message: str = ""


def difference(log: PostingLog, company: str, voucher: Voucher) -> tuple[LineChange, ...]:
    """Line by line, what is out of a voucher's Z-reports and what the voucher says; empty when equal or nothing is out."""
    return compare(log, company, voucher).changes


def compare(log: PostingLog, company: str, voucher: Voucher) -> Compared:
    """What posting would do with one voucher, from the log alone."""
    problem = problem_with(voucher)
    if problem is not None:
        return Compared(reference(voucher.document_key, 1), Effect.HELD, voucher, message=problem)
    with log.database.reading() as connection:
        decision = deciding.decide(connection, company, voucher)
        live = documents.live_documents_of(connection, company, voucher.z_keys)
    out = live[0] if len(live) == 1 else None
    if isinstance(decision, Send):
        return Compared(decision.reference, Effect.CREATED, voucher, decision.existing)
    if isinstance(decision, InProgress):
        return Compared(decision.found.reference, Effect.HELD, voucher, decision.found, message="it is being sent now")
    if decision.state is Hold.CHANGED and out is not None:
        rows = changes(read_payload(out.payload, out.reference), voucher)
        return Compared(out.reference, Effect.UPDATED, voucher, out, rows, decision.message)
    effect = Effect.MATCHED if decision.already and decision.state in IN_LEDGER else Effect.HELD
    return Compared(decision.reference, effect, voucher, out, message=decision.message)


def same_content(found: Document, voucher: Voucher) -> bool:
    """Whether a document says what a voucher says."""
    return found.content_hash == content_hash(voucher) or not changes(
        read_payload(found.payload, found.reference), voucher
    )
