"""Suspects among VAT rows whose size the data do not tell.

Belongs here: VAT of the gross, a rate left out, øre lost and wrong amounts, where only a bound or a direction is known.
Does not: suspects with an amount of their own (suspects_vat.py).

Without receipts the right VAT of a row is known only to half an øre a line: any amount within that bound will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import BASE, GROSS, TAX, VAT, Flags, Loose, Sheet, row_name
from frontline_pipeline.accounting.diagnosis.suspects_tenders import ANY, FREE, SURE, UNNAMED
from frontline_pipeline.accounting.diagnosis.suspects_vat import gross_words
from frontline_pipeline.accounting.model import VatLine
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.vat import WHOLE, rate_text, vat_fits_gross, vat_on
from frontline_pipeline.accounting.z_vat import lines_of


def loose_vat(sheet: Sheet) -> Iterator[Loose]:
    """VAT rows of unknown size."""
    if sheet.rates_of_receipts is None:
        gross_known = any(row.gross is not None for row in sheet.z.vat)
        if not gross_known:
            yield from _vat_alone(sheet)
            most = sum(lines_of(row, sheet.z, sheet.profile) for row in sheet.z.vat)
            bits = 6 + (2 * most).bit_length()
            yield Loose(CauseKind.ORE_PER_LINE, {VAT: 1}, -most, most, bits, _few_ore)
            yield Loose(CauseKind.VAT_RATE_LEFT_OUT, {VAT: -1}, 1, ANY, FREE + 1, _rate_left_out)
            yield Loose(CauseKind.AMOUNT_WRONG, {VAT: 1}, -ANY, ANY, UNNAMED, _vat_off)
        for row in sheet.z.vat:
            if row.gross is not None:
                direction = {VAT: 1, (GROSS, row_name(row.vat_code, row.rate)): 1}
                yield Loose(CauseKind.AMOUNT_WRONG, direction, -ANY, ANY, UNNAMED, _vat_off)
    else:
        for row in sheet.z.vat:
            for part in (BASE, TAX):
                direction = {VAT: 1, (part, row_name(row.vat_code, row.rate)): 1}
                yield Loose(CauseKind.AMOUNT_WRONG, direction, -ANY, ANY, UNNAMED, _vat_off, sheet.flags)


def _vat_alone(sheet: Sheet) -> Iterator[Loose]:
    """The base is right and the VAT was taken of the gross, in one row or in all: known to half an øre a line."""
    found: list[tuple[VatLine, int, int, Flags]] = []
    for row in sheet.z.vat:
        tax, spare, lines = vat_on(row.base, row.rate), _spare(sheet, row), lines_of(row, sheet.z, sheet.profile)
        if row.rate and row.vat and vat_fits_gross(row.base + tax, row.vat, row.rate, 2 * lines):
            text = rate_text(row.rate)
            flags: Flags = frozenset({("vat_matches_rate", text), ("vat_base_is_net", text)})
            found.append((row, row.vat - tax, spare, flags))
    for row, over, spare, flags in found:
        yield _of_gross_loose(row, [row], over, spare, flags)
    if len(found) > 1:
        flags = frozenset[tuple[str, str | None]]().union(*(each[3] for each in found))
        rows = [each[0] for each in found]
        yield _of_gross_loose(rows[0], rows, sum(each[1] for each in found), sum(each[2] for each in found), flags)


def _spare(sheet: Sheet, row: VatLine) -> int:
    """Øre by which the right VAT may differ from the computed one."""
    return lines_of(row, sheet.z, sheet.profile) * (WHOLE + row.rate) // (2 * WHOLE)


def _of_gross_loose(row: VatLine, rows: list[VatLine], over: Ore, spare: int, flags: Flags) -> Loose:
    subject = f"VAT at {', '.join(rate_text(each.rate) for each in rows)}"
    words = gross_words(row, row.base, vat_on(row.base, row.rate))
    bits = SURE + (2 * spare).bit_length()
    return Loose(
        CauseKind.VAT_OF_GROSS, {VAT: 1}, over - spare, over + spare, bits, partial(_same, subject, words), flags
    )


def _same(subject: str, words: str, _: Ore) -> tuple[str, str]:
    return subject, words


def _few_ore(amount: Ore) -> tuple[str, str]:
    return "VAT", f"base + VAT of all rates is {display(amount)} off total sales, less than an øre a line"


def _rate_left_out(amount: Ore) -> tuple[str, str]:
    return "", f"{display(amount)} of total sales stands at no VAT rate, while tenders and total sales agree"


def _vat_off(amount: Ore) -> tuple[str, str]:
    return "VAT", f"the VAT rows are {display(amount)} off, and nothing in the Z has that amount"
