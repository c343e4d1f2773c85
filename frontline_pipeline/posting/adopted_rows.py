"""Rows of the posting log for vouchers that only the ledger or only the extract knows.

Belongs here: a voucher of the ledger as a row (with the ledger's own lines as its payload), an expected one as a row, and which
voucher of another hand looks like an expected one.
Does not: decide what goes into the log (adopting.py).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from frontline_pipeline.accounting.model import Mode, Voucher, ZKey
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import FiscalYear, TaxCode, Transaction, VoucherType
from frontline_pipeline.posting.comparing import LedgerLines, is_multiple, lines_differ
from frontline_pipeline.posting.deciding import Send
from frontline_pipeline.posting.payload import (
    Place,
    Sent,
    SentLine,
    TaxReference,
    content_hash,
    encode,
    payload,
    read_payload,
    reference,
    to_ledger_voucher,
)
from frontline_pipeline.posting.preflight import tax_reference
from frontline_pipeline.posting.records import JOURNAL, REVERSAL, Intent
from frontline_pipeline.posting.references import Reference, parse
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True)
class Registers:
    """What of the client's registers a row needs: voucher types by id, VAT codes, fiscal years."""

    CALLS: ClassVar[int] = 3

    types: dict[int, VoucherType]
    codes: dict[str, TaxCode]
    years: list[FiscalYear]

    @classmethod
    def read(cls, ledger: LedgerPort) -> Registers:
        """Ask the ledger. Raises what its reads raise."""
        return cls(
            {each.type_id: each for each in ledger.voucher_types()},
            {each.number: each for each in ledger.tax_codes()},
            ledger.fiscal_years(),
        )

    def year_id(self, day: dt.date) -> int:
        """The fiscal year that holds a day; its calendar year where the client has none."""
        return next((each.year_id for each in self.years if each.holds(day)), day.year)

    def tax_codes(self, profile: StoreProfile, voucher: Voucher) -> dict[str, TaxReference]:
        """How the VAT codes of a voucher would be sent; one that the client does not have goes by its number."""
        by_id = profile.rules.tax_reference == "id"
        wanted = {line.tax_code for line in voucher.lines if line.tax_code is not None}
        return {
            number: tax_reference(self.codes[number], by_id)
            if number in self.codes
            else TaxReference(number, number, 0)
            for number in wanted
        }

    def code_number(self, shown: int | None) -> str | None:
        """The number of a VAT code that a line shows, by number or - where no code has that number - by id."""
        if not shown:
            return None
        if str(shown) in self.codes:
            return str(shown)
        return next((each.number for each in self.codes.values() if each.tax_id == shown), str(shown))


def row_of_ledger(
    registers: Registers,
    company: str,
    ours: Reference,
    day: dt.date,
    lines: Sequence[Transaction],
    z_keys: tuple[ZKey, ...],
    purpose: str,
) -> Intent:
    """A voucher of the ledger as a row whose payload is what the ledger holds."""
    head = lines[0]
    kind = registers.types.get(head.type_id) if head.type_id is not None else None
    content: Sent = {
        "reference": ours.text,
        "date": head.date.isoformat(),
        "day": day.isoformat(),
        "mode": Mode.POSTED.value,
        "year": registers.year_id(head.date),
        "type": kind.type_no if kind else 0,
        "number": head.transaction_no,
        "vat_posting": "explicit",
        "z": [(key.register, key.z_number) for key in z_keys],
        "lines": [_line(registers, each) for each in lines],
    }
    stored = encode(content)
    return Intent(
        company=company,
        store=ours.store,
        business_day=day,
        ledger_date=head.date,
        document_key=ours.logged_key,
        revision=ours.revision,
        reference=ours.text,
        granularity=ours.granularity,
        content_hash=hashlib.sha256(f"adopted:{stored}".encode()).hexdigest(),
        payload=stored,
        mode=Mode.POSTED,
        type_no=kind.type_no if kind else None,
        series_id=kind.entry_series_id if kind else None,
        year_id=registers.year_id(head.date),
        transaction_no=head.transaction_no,
        z_keys=z_keys,
        kind=ours.kind,
        purpose=purpose if ours.kind == REVERSAL else None,
    )


def copies(name: str, lines: Sequence[Transaction]) -> list[list[Transaction]]:
    """The vouchers of ours that one number holds (several in a ledger that takes a used number), or all lines as one.

    The first line of what was sent, and no other, begins with its reference, `name`. So where every line is there the same
    number of times, that one too, the voucher is; a store-day whose other lines are alike in pairs is there once. Copies that a
    person has changed since are told apart by their first lines, if what follows each balances. What else copies differ in -
    links, open items - the ledger made.
    """
    heads = [position for position, each in enumerate(lines) if each.comment.split(" ", 1)[0] == name]
    if len(heads) < 2:
        return [list(lines)]
    there = Counter(map(_as_sent, lines))
    times = math.gcd(*there.values())
    if times > 1:
        return [_one_of(times, lines)] * times
    parts = [list(lines[start:end]) for start, end in zip(heads, [*heads[1:], len(lines)], strict=True)]
    balanced = heads[0] == 0 and all(sum(each.amount for each in part) == 0 for part in parts)
    return parts if balanced else [list(lines)]


def _one_of(times: int, lines: Sequence[Transaction]) -> list[Transaction]:
    """Of lines that are all there so many times, each once."""
    met: Counter[tuple[object, ...]] = Counter()
    found = []
    for each in lines:
        if met[_as_sent(each)] % times == 0:
            found.append(each)
        met[_as_sent(each)] += 1
    return found


def _as_sent(line: Transaction) -> tuple[object, ...]:
    return line.date, line.account, line.amount, line.vat_code, tuple(line.dimensions), line.invoice_no, line.comment


def _line(registers: Registers, line: Transaction) -> SentLine:
    built_in = {each.kind: int(each.value) for each in line.dimensions if each.value.isdigit() and each.value != "0"}
    number = registers.code_number(line.vat_code)
    return {
        "account": line.account,
        "amount": line.amount,
        "tax": number,
        "tax_id": registers.codes[number].tax_id if number in registers.codes else None,
        "tax_sent": str(line.vat_code) if line.vat_code else None,
        "customer": built_in.get("Customer"),
        "department": built_in.get("Department"),
        "project": built_in.get("Project"),
        "dimensions": sorted(
            (each.type_id, each.value)
            for each in line.dimensions
            if each.kind == "UserDefined" and each.type_id is not None
        ),
        "comment": line.comment,
    }


def row_of_match(
    registers: Registers, row: Intent, voucher: Voucher, lines: Sequence[Transaction], profile: StoreProfile
) -> Intent | None:
    """The row of a voucher of the ledger that says what the expected one says, once or several times under its number, with the
    latter's content; None when it does not."""
    if row.type_no is None or row.year_id is None or row.transaction_no is None:
        return None
    place = Place(row.year_id, row.type_no, row.transaction_no, row.ledger_date)
    codes = registers.tax_codes(profile, voucher)
    posted = replace(voucher, mode=Mode.POSTED)
    stored = payload(posted, to_ledger_voucher(posted, row.reference, place, codes), codes)
    sent = read_payload(stored, row.reference)
    if lines_differ(sent, lines) and not is_multiple(sent, lines):
        return None
    return replace(
        row,
        document_key=voucher.document_key,
        content_hash=content_hash(voucher),
        payload=stored,
        granularity=profile.store.journal_per if row.kind == JOURNAL else row.granularity,
    )


def row_of_expected(registers: Registers, company: str, voucher: Voucher, send: Send, profile: StoreProfile) -> Intent:
    """An expected voucher that was not sent, as a row without a number."""
    place = Place(registers.year_id(voucher.business_day), profile.rules.voucher_type or 0, 0)
    codes = registers.tax_codes(profile, voucher)
    return Intent(
        company=company,
        store=voucher.store,
        business_day=voucher.business_day,
        ledger_date=voucher.business_day,
        document_key=send.document_key,
        revision=send.revision,
        reference=reference(send.document_key, send.revision),
        granularity=profile.store.journal_per,
        content_hash=content_hash(voucher),
        payload=payload(voucher, to_ledger_voucher(voucher, send.reference, place, codes), codes),
        mode=voucher.mode,
        type_no=profile.rules.voucher_type,
        series_id=None,
        year_id=None,
        transaction_no=None,
        z_keys=voucher.z_keys,
    )


def of_other_hands(window: LedgerLines, stores: Collection[str]) -> dict[dt.date, list[list[Transaction]]]:
    """The vouchers of a window that do not carry a key of ours, by date."""
    found: dict[dt.date, list[list[Transaction]]] = {}
    for lines in window.vouchers():
        if not _is_ours(lines, stores):
            found.setdefault(lines[0].date, []).append(lines)
    return found


def looks_like(voucher: Voucher, by_others: Mapping[dt.date, Sequence[list[Transaction]]]) -> list[Transaction] | None:
    """A voucher of another hand on the same date with the same total debit, or the same total on every account."""
    totals: Counter[int] = Counter()
    for each in voucher.lines:
        totals[each.account] += each.amount
    debit = sum(each.debit for each in voucher.lines)
    for lines in by_others.get(voucher.business_day, ()):
        theirs: Counter[int] = Counter()
        for line in lines:
            theirs[line.account] += line.amount
        if sum(max(line.amount, 0) for line in lines) == debit or theirs == totals:
            return lines
    return None


def _is_ours(lines: Sequence[Transaction], stores: Collection[str]) -> bool:
    names = {name for line in lines for name in (line.invoice_no, line.comment.split(" ", 1)[0])}
    return any((found := parse(name)) is not None and found.store in stores for name in names)
