"""What our documents and the ledger say on some accounts, for the roll-forward.

Belongs here: lines of the posting log's documents by what became of them, the ledger's lines with the document they belong to.
Does not: the arithmetic (accounting/roll_forward.py), judging documents (readback.py).

A line of the ledger is ours when it carries a reference of ours, in InvoiceReferenceNo or at the start of its comment; a service that
keeps neither on lines without a customer (API.md section 11) still shows number and date. What a person reversed by hand counts as
of others, the journal and whatever takes it back: its sum is then what the ledger has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from frontline_pipeline.accounting.roll_forward import Account, Entries, Entry, Origin
from frontline_pipeline.office.ledger import AccountReader
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import read_payload
from frontline_pipeline.posting.records import REVERSAL, REVERSAL_SUFFIX, Document
from frontline_pipeline.posting.states import IN_LEDGER, READABLE, UNDECIDED, State

NEAR = 25
"""Accounts this near to each other are asked in one call."""
_TAKEN_BACK = frozenset({State.REVERSED, State.ROLLED_BACK})
_DAY = dt.timedelta(days=1)


def entries_of(
    log: PostingLog, ledger: AccountReader, company: str, accounts: Sequence[Account], last: dt.date
) -> Entries:
    """Both books of a company's accounts from their openings to `last`, the last day of a month.

    One GetTransactions call for each group of accounts that are near to each other. Raises what the ledger's reads raise: a lost
    answer is never taken for an empty account.
    """
    if not accounts:
        return Entries((), (), (), {})
    first = min(account.opened_on for account in accounts)
    numbers = {account.number for account in accounts}
    # Before the question: what is posted while it is answered cannot be in the answer.
    # Later ones too: a reversal of the month after says that its journal stood in this one.
    documents = log.documents(company=company, dated=(first, dt.date.max))
    found: list[Transaction] = []
    for low, high in ranges(numbers):
        # The service's clock may move a date by a day (API.md section 8).
        found += ledger.account_lines(first - _DAY, last + _DAY, low, high)
    mine = [line for line in found if line.account in numbers and first <= line.date <= last]
    posted = {reference for line in mine for reference in _names(line)}
    dated = [d for d in documents if d.ledger_date <= last]
    reversals = {(d.document_key, d.revision) for d in documents if d.kind == REVERSAL and d.state in READABLE}
    ours = {d.reference: d for d in dated if _expected(d, reversals) or (_waits(d) and d.reference in posted)}
    numbered = {(d.transaction_no, d.ledger_date): d.reference for d in ours.values()}
    return Entries(
        sent=[entry for d in ours.values() for entry in _entries(d, numbers)],
        waiting=[entry for d in dated if _waits(d) and d.reference not in ours for entry in _entries(d, numbers)],
        ledger=[Entry(line.date, line.account, line.amount, _owner(line, ours, numbered)) for line in mine],
        origins={reference: Origin(d.store, d.business_day) for reference, d in ours.items()},
    )


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ranges that cover the accounts, none wider than NEAR from one account to the next."""
    out: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if out and number - out[-1][1] <= NEAR:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out


def _expected(found: Document, reversals: Collection[tuple[str, int]]) -> bool:
    """Whether the ledger should hold it as it was sent: also a journal that a reversal of ours took back."""
    if found.state in READABLE:
        return True
    return found.state in _TAKEN_BACK and (found.document_key + REVERSAL_SUFFIX, found.revision) in reversals


def _waits(found: Document) -> bool:
    return found.state in UNDECIDED or found.state in IN_LEDGER - READABLE


def _entries(found: Document, numbers: set[int]) -> Iterable[Entry]:
    for line in read_payload(found.payload, found.reference)["lines"]:
        if line["account"] in numbers:
            yield Entry(found.ledger_date, line["account"], line["amount"], found.reference)


def _names(line: Transaction) -> tuple[str, ...]:
    return tuple(name for name in (line.invoice_no, line.comment.split(" ", 1)[0]) if name)


def _owner(line: Transaction, ours: Collection[str], numbered: Mapping[tuple[int | None, dt.date], str]) -> str:
    """The reference of the document that a line of the ledger belongs to; empty when it is of others."""
    for name in _names(line):
        if name in ours:
            return name
    return "" if line.invoice_no else numbered.get((line.transaction_no, line.date), "")
