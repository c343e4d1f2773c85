"""What 24SevenOffice holds of some Z-reports, as the tie-out wants it: from the last read-back where that is enough.

Belongs here: which document holds a Z-report, whether its lines are known without a call, the one call where they are not.
Does not: compare them with anything (accounting/tie_out.py), judge or change a document (readback.py).

A verified document holds line by line what was sent: that is what a read-back proved, so the log's payload is the ledger's side and
nobody is asked. A missing one holds nothing. Only what was not read back yet, or is not as it was sent, is read: one GetTransactions
call for the store-day (API.md section 3.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.tie_cells import Held, HeldLine
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.posting.comparing import LedgerLines, code_names
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import Sent, read_payload
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import State

ASKED = frozenset({State.POSTED, State.DRIFTED, State.DUPLICATED, State.DISPUTED})
"""States in which only the ledger itself can say what it holds."""
_WORDS = {
    State.PLANNED: "not sent",
    State.SENDING: "is being sent",
    State.UNKNOWN: "it is not known whether it arrived",
    State.DRAFTED: "a draft, not in the ledger until a person posts it",
    State.SKIPPED: "skipped by a person",
    State.ROLLED_BACK: "rolled back: reversed in the ledger and not posted again",
}
"""Why the ledger's side of a document is not there."""


def holdings(
    log: PostingLog, company: str, z_keys: Iterable[ZKey], ledger: Callable[[], LedgerPort] | None
) -> list[Held]:
    """What the company's ledger holds of these Z-reports, one entry per live document.

    `ledger` is called only when a document must be read; None asks nobody. A ledger that does not answer is told in `words`, and
    never taken for an empty one.
    """
    documents = sorted(set(log.split_new(company, z_keys)[0].values()), key=lambda found: found.id)
    read = [each for each in documents if each.state in ASKED]
    window, why = _read(read, ledger) if read else (None, "")
    return [_held(each, window, why) for each in documents]


def _read(documents: Sequence[Document], ledger: Callable[[], LedgerPort] | None) -> tuple[LedgerLines | None, str]:
    if ledger is None:
        return None, "not read back yet"
    dates = [each.ledger_date for each in documents]
    # The service's clock may move a date by a day (API.md section 8).
    day = dt.timedelta(days=1)
    try:
        return LedgerLines(ledger().transactions(min(dates) - day, max(dates) + day)), ""
    except OfficeError as error:
        return None, f"24SevenOffice could not be asked ({error.kind})"


def _held(found: Document, window: LedgerLines | None, why: str) -> Held:
    sent = read_payload(found.payload, found.reference)
    if found.state is State.VERIFIED:
        return Held(found.z_keys, found.reference, "verified by read-back", _sent_lines(sent))
    if found.state is State.MISSING:
        return Held(found.z_keys, found.reference, "not in the ledger any more", ())
    if found.state not in ASKED:
        return Held(found.z_keys, found.reference, _WORDS.get(found.state, found.state.value), None)
    if window is None:
        return Held(found.z_keys, found.reference, f"{found.state}, {why}", None)
    vouchers = window.with_reference(found.reference)
    if not vouchers and found.transaction_no is not None:
        vouchers = window.with_number(found.ledger_date.year, found.transaction_no)
    lines = tuple(line for voucher in vouchers for line in _found_lines(sent, voucher))
    return Held(found.z_keys, found.reference, f"{found.state}, read now", lines)


def _sent_lines(sent: Sent) -> tuple[HeldLine, ...]:
    return tuple(HeldLine(line["account"], line["tax"] or "", line["amount"]) for line in sent["lines"])


def _found_lines(sent: Sent, voucher: Sequence[Transaction]) -> Iterable[HeldLine]:
    names = code_names(sent)
    for line in voucher:
        code = str(line.vat_code) if line.vat_code else ""
        yield HeldLine(line.account, names.get(code, code), line.amount)
