"""The figures of each side of the tie-out, by what they are of.

Belongs here: Z-reports, receipts, vouchers and ledger lines -> {figure: øre}, with one sign: a sale, a pay-in and rounding up are
positive, as the Z-report has them.
Does not: sums over receipt frames (tie_receipts.py), putting the sides together (tie_out.py), asking the ledger (posting/holdings.py).

A figure of the ledger is found through the voucher: a ledger line takes the place of the voucher line it is equal to (account, VAT code,
amount). What is left over goes to the voucher line of the same account and VAT code that found no partner, else it is a figure of its
own, `other`. So an altered øre in the ledger stands on the figure whose line was altered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from frontline_pipeline.accounting.from_frames import into_till
from frontline_pipeline.accounting.mapping import is_included, is_write_off
from frontline_pipeline.accounting.model import Voucher, VoucherLine, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.receipt_sums import stated_tenders, tender_gaps
from frontline_pipeline.accounting.tie_receipts import RateCells, ReceiptColumns
from frontline_pipeline.accounting.voucher import count_subject
from frontline_pipeline.settings import StoreProfile

ALL = "-"
"""Subject of a figure that the measure alone names."""
CREDIT = "credit"
"""Measure of credit sales that the Z-report states apart, their returns taken off."""
COUNTER = " counter"
"""Ends the subject of a figure that stands on the account of the tender which the money came in or went out by."""


class Figure(NamedTuple):
    """What an amount is of: measure (`frames.tied.MEASURES`) and subject."""

    measure: str
    subject: str


Cells = dict[Figure, Ore]


class HeldLine(NamedTuple):
    """A line that 24SevenOffice holds (øre, debit positive); `tax_code` by its number, empty without one."""

    account: int
    tax_code: str
    amount: Ore


@dataclass(frozen=True, slots=True)
class Held:
    """What 24SevenOffice holds of some Z-reports. `lines` None: not known, and `words` say why."""

    z_keys: tuple[ZKey, ...]
    reference: str
    words: str
    lines: tuple[HeldLine, ...] | None


def z_cells(z: ZReport, profile: StoreProfile) -> Cells:
    """What a Z-report says; rounding is left out while it is unknown."""
    cells: Cells = {Figure("total", ALL): z.sales_total}
    for line in z.vat:
        key = vat_key(line.standard_code, line.vat_code, line.rate)
        _add(cells, Figure("sales", key), line.base)
        _add(cells, Figure("vat", key), line.vat)
    for tender, amount in stated_tenders(z).items():
        _add(cells, Figure("tender", tender), amount)
    if z.rounding is not None:
        _add(cells, Figure("rounding", ALL), z.rounding)
    for movement in z.movements:
        if is_write_off(movement):
            # No money moves: a debt becomes income.
            for end in ("", COUNTER):
                _add(cells, Figure("movement", movement.kind + end), -movement.amount)
            continue
        amount = into_till(movement)
        _add(cells, Figure("movement", movement.kind), amount)
        if not is_included(movement, profile):
            _add(cells, Figure("movement", movement.kind + COUNTER), amount)
    for count in z.counts:
        subject = count_subject(z, count)
        for end in (" difference", " tender"):
            _add(cells, Figure("difference", subject + end), count.difference)
    if z.credit is not None:
        _add(cells, Figure(CREDIT, ALL), z.credit_sales - z.credit_memos)
    return cells | credit_rates(z)


def credit_rates(z: ZReport) -> Cells:
    """Sales and VAT per rate of the credit sales that the journal books: their receipts tell them, the Z-report does not."""
    cells: Cells = {}
    for line in z.credit.vat if z.credit is not None else ():
        key = vat_key(line.standard_code, line.vat_code, line.rate)
        _add(cells, Figure("credit_sales", key), line.base)
        _add(cells, Figure("credit_vat", key), line.vat)
    return cells


def order_cells(z: ZReport, booked: ZReport, profile: StoreProfile) -> Cells:
    """What of a Z-report goes by order: all of it but the part that is `booked` (on_account.journal_part)."""
    cells = z_cells(z, profile)
    for figure, amount in z_cells(booked, profile).items():
        _add(cells, figure, -amount)
    return {figure: amount for figure, amount in cells.items() if amount}


def vat_key(standard: str | None, own: str, rate: int) -> str:
    """`<SAF-T code>@<rate>` as voucher lines have it; the register's own code with a question mark where it has no SAF-T code."""
    return f"{standard or f'?{own}'}@{rate}"


def standard_key(z: ZReport, code: str, rate: int, profile: StoreProfile) -> str:
    """`vat_key` of what receipts have under a code of the register: as the Z-report maps the code, else as the settings do."""
    found = next((line.standard_code for line in z.vat if (line.vat_code, line.rate) == (code, rate)), None)
    return vat_key(found or profile.standard_vat_code(code, None), code, rate)


def receipt_cells(z: ZReport, columns: ReceiptColumns, profile: StoreProfile) -> Cells | None:
    """What the receipts of a Z-report sum to, for the measures that they say anything of; None when it has none.

    Takings are read as the proof reads them (receipt_sums.tender_gaps): movements that the tender totals contain belong to them. VAT is
    taken from lines or from the receipts' own VAT rows, whichever is nearer to the Z-report.
    """
    if z.key not in columns.totals:
        return None
    total, rounding = columns.totals[z.key]
    cells: Cells = {Figure("total", ALL): total, Figure("rounding", ALL): rounding}
    sources = [
        found for found in (columns.rates_from_lines.get(z.key), columns.rates_apart.get(z.key)) if found is not None
    ]
    if sources:
        for (code, rate), (base, vat) in nearest(z, sources).items():
            key = standard_key(z, code, rate, profile)
            _add(cells, Figure("sales", key), base)
            _add(cells, Figure("vat", key), vat)
    if z.credit is not None:
        cells |= {Figure(CREDIT, ALL): z.credit.sales_total, **credit_rates(z)}
    if z.key in columns.with_payments:
        stated = stated_tenders(z)
        gaps = tender_gaps(z, stated, columns.payments_of(z.key), profile)
        for tender in {*stated, *gaps}:
            _add(cells, Figure("tender", tender), stated.get(tender, 0) - gaps.get(tender, 0))
    return cells


def nearest(z: ZReport, sources: Sequence[RateCells]) -> RateCells:
    """The source with the fewest figures that are not those of the Z-report; the first of equals."""
    stated = {(line.vat_code, line.rate): (line.base, line.vat) for line in z.vat}
    return min(
        sources, key=lambda found: sum(found.get(key, (0, 0)) != stated.get(key, (0, 0)) for key in {*found, *stated})
    )


def voucher_cells(voucher: Voucher) -> Cells:
    """What the lines of a voucher say."""
    cells: Cells = {}
    for line in voucher.lines:
        _add(cells, figure_of(line), signed(line, line.amount))
    return cells


def figure_of(line: VoucherLine) -> Figure:
    """What a voucher line is of. The difference of exchange belongs to its tender: together they are what the register counted."""
    if line.role == "exchange":
        return Figure("tender", line.subject)
    if line.role in ("sales", "vat", "credit_sales", "credit_vat"):
        return Figure(line.role, line.vat_key)
    return Figure(line.role, line.subject or ALL)


def signed(line: VoucherLine, amount: Ore) -> Ore:
    """An amount on the account of a voucher line (debit positive) with the sign that the Z-report gives it.

    Takings are debit there and positive here; so are the receivables of credit sales, and the tender's side of a movement or count.
    """
    debit = (
        line.role in ("tender", "exchange", CREDIT)
        or line.subject.endswith(COUNTER)
        or (line.role == "difference" and line.subject.endswith(" tender"))
    )
    return amount if debit else -amount


def held_cells(held: Sequence[HeldLine], voucher: Voucher | None) -> Cells:
    """What the ledger's lines say, by the voucher's lines that they stand for; without a voucher by account alone."""
    lines = list(voucher.lines) if voucher is not None else []
    cells: Cells = {figure_of(line): 0 for line in lines}
    left = list(held)
    alone: list[VoucherLine] = []
    for line in lines:
        partner = HeldLine(line.account, line.tax_code or "", line.amount)
        if partner in left:
            left.remove(partner)
            _add(cells, figure_of(line), signed(line, line.amount))
        else:
            alone.append(line)
    for found in left:
        nearest_line = _nearest_line(found, alone)
        if nearest_line is None:
            code = f" VAT code {found.tax_code}" if found.tax_code else ""
            _add(cells, Figure("other", f"account {found.account}{code}"), found.amount)
        else:
            _add(cells, figure_of(nearest_line), signed(nearest_line, found.amount))
    return cells


def _nearest_line(found: HeldLine, alone: Iterable[VoucherLine]) -> VoucherLine | None:
    """Of the voucher lines without a partner, on the same account and VAT code, the one with the nearest amount."""
    same = [line for line in alone if (line.account, line.tax_code or "") == (found.account, found.tax_code)]
    return min(same, key=lambda line: abs(line.amount - found.amount), default=None)


_GROSS = {"vat": "sales", "credit_vat": "credit_sales"}


def system_vat(cells: Mapping[Figure, Ore]) -> Cells:
    """Sales and VAT of a rate as one figure, for vouchers of which 24SevenOffice computes the VAT: their sales lines are gross."""
    out: Cells = {}
    for figure, amount in cells.items():
        _add(out, figure._replace(measure=_GROSS.get(figure.measure, figure.measure)), amount)
    return out


def _add(cells: Cells, figure: Figure, amount: Ore) -> None:
    cells[figure] = cells.get(figure, 0) + amount
