"""Suspects among VAT rows.

Belongs here: VAT of the gross, a wrong rate or that of another date, a row left out, øre lost line by line.
Does not: VAT that is off by an amount nobody names (suspects_vat_loose.py), article groups (suspects_groups.py), the bound of VAT
rounding and the dated rates (vat.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import (
    BASE,
    GROSS,
    TAX,
    VAT,
    Effect,
    Fitting,
    Sheet,
    Suspect,
    Where,
    nonzero,
    row_name,
)
from frontline_pipeline.accounting.diagnosis.suspects_tenders import LIKELY, SURE
from frontline_pipeline.accounting.model import VatLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.vat import (
    RATES,
    WHOLE,
    contained_vat,
    rate_text,
    rate_valid,
    vat_fits,
    vat_fits_gross,
)
from frontline_pipeline.accounting.z_vat import is_zero, lines_of


def vat_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Each VAT row of the gross, at another rate, turned; all rows of the gross at once."""
    rows = [row for row in sheet.z.vat if not is_zero(row)]
    grossed: dict[VatLine, VatLine] = {}
    for row in rows:
        for right in _of_gross(sheet, row):
            grossed.setdefault(row, right)
            yield _row_suspect(sheet, {row: right})
        if _odd(sheet, row):
            yield from _other_rates(sheet, row)
    if len(grossed) > 1:
        yield _row_suspect(sheet, grossed)
    for row in rows:
        turned = replace(row, base=-row.base, vat=-row.vat)
        words = (
            f"base {display(row.base)} and VAT {display(row.vat)} at {rate_text(row.rate)} agree with the other sign"
        )
        subject = f"VAT at {rate_text(row.rate)}"
        yield sheet.suspect(CauseKind.SIGN_FLIPPED, subject, with_rows(sheet.z, {row: turned}), LIKELY, words)
    yield from _left_out_by_receipts(sheet)
    yield _per_line(sheet)
    yield from _per_line_somewhere(sheet)


def with_rows(z: ZReport, rights: dict[VatLine, VatLine]) -> ZReport:
    """The Z with some VAT rows replaced."""
    return replace(z, vat=tuple(rights.get(row, row) for row in z.vat))


def _odd(sheet: Sheet, row: VatLine) -> bool:
    """Whether a rule or an equation names the row."""
    text, name = rate_text(row.rate), row_name(row.vat_code, row.rate)
    flagged = any(subject == text for rule, subject in sheet.flags if rule.startswith("vat"))
    return flagged or any(where[1] == name for where in sheet.off)


def _right(sheet: Sheet, row: VatLine) -> VatLine | None:
    """The row as its receipts have it, or as its own gross has it; None where neither is known."""
    if sheet.rates_of_receipts is None:
        if row.gross is None:
            return None
        inside = contained_vat(row.gross, row.rate)
        return replace(row, base=row.gross - inside, vat=inside)
    base, tax = sheet.rates_of_receipts.get((row.vat_code, row.rate), (0, 0))
    return replace(row, base=base, vat=tax) if base or tax else None


def _of_gross(sheet: Sheet, row: VatLine) -> list[VatLine]:
    """The row as it may be had base or VAT not been taken of the gross, where what stands there can come from that.

    Where the base is the gross, base + VAT is known exactly; where only the VAT was taken of it, see `loose_vat`.
    """
    if not row.rate:
        return []
    lines = lines_of(row, sheet.z, sheet.profile)
    found = []
    if (right := _right(sheet, row)) is not None:
        if _shape_of_gross(sheet, row, right):
            found.append(right)
        if sheet.rates_of_receipts is None:
            return found
        # Where another fault struck the receipts, the Z's own total tells the VAT.
        alone = replace(row, vat=row.vat - sheet.off.get(VAT, 0))
        if (
            alone.vat != row.vat
            and vat_fits(row.base, alone.vat, row.rate, lines)
            and _shape_of_gross(sheet, row, alone)
        ):
            found.append(alone)
    inside = contained_vat(row.base, row.rate)
    if 2 * abs(row.vat - inside) <= lines:
        found.append(replace(row, base=row.base - row.vat))
    elif vat_fits_gross(row.base, row.vat, row.rate, lines):
        found.append(replace(row, base=row.base - inside, vat=inside))
    return found


def _shape_of_gross(sheet: Sheet, row: VatLine, right: VatLine) -> bool:
    """Whether the row is what comes out when base, VAT or both of the right one are taken of its gross."""
    gross, lines = right.base + right.vat, lines_of(row, sheet.z, sheet.profile)
    # The lines of another register may be in the row as well.
    lines += sum(lines_of(each, z, sheet.profile) for z in sheet.siblings for each in z.vat if each.rate == row.rate)
    if (
        not row.rate
        or (row.base, row.vat) == (right.base, right.vat)
        or not vat_fits(right.base, right.vat, row.rate, lines)
    ):
        return False
    vat_of_it = vat_fits_gross(gross, row.vat, row.rate, lines)
    return (row.base == gross and (vat_of_it or row.vat == right.vat)) or (row.base == right.base and vat_of_it)


def _row_suspect(sheet: Sheet, rights: dict[VatLine, VatLine]) -> Suspect | None:
    rates = ", ".join(rate_text(row.rate) for row in rights)
    row, right = next(iter(rights.items()))
    words = gross_words(row, right.base, right.vat)
    return sheet.suspect(CauseKind.VAT_OF_GROSS, f"VAT at {rates}", with_rows(sheet.z, rights), LIKELY, words)


def gross_words(row: VatLine, base: Ore, vat: Ore) -> str:
    return (
        f"at {rate_text(row.rate)} the Z says base {display(row.base)} and VAT {display(row.vat)}, as taken of the gross; "
        f"base {display(base)} and VAT {display(vat)} agree"
    )


def _other_rates(sheet: Sheet, row: VatLine) -> Iterator[Suspect | None]:
    """The row's label, or the rate its VAT was computed at, is another one: of today, or of another date."""
    z, day, lines = sheet.z, sheet.z.business_day, lines_of(row, sheet.z, sheet.profile)
    subject = f"VAT at {rate_text(row.rate)}"
    for code, rate in _fitting_rates(row, lines):
        kind, words = _rate_words(sheet, row, rate)
        label = replace(row, rate=rate, standard_code=code)
        yield sheet.suspect(kind, subject, with_rows(z, {row: label}), SURE + 2, words)
        for right in _at_its_rate(sheet, row):
            yield sheet.suspect(kind, subject, with_rows(z, {row: right}), SURE + 2, words)
    unlawful = frozenset({("vat_rate_valid", rate_text(row.rate))}) & sheet.flags
    when = in_force(row.rate)
    if unlawful and (when or vat_fits(row.base, row.vat, row.rate, lines)):
        kind = CauseKind.RATE_OF_OTHER_DATE if when else CauseKind.RATE_WRONG
        told = _row_words(row)
        words = (
            f"{told}, which was in force {when}, not on {day}"
            if when
            else f"{told}, which is no rate for that VAT code"
        )
        yield Suspect(kind, subject, {}, unlawful, SURE, words)


def _fitting_rates(row: VatLine, lines: int) -> list[tuple[str, int]]:
    """SAF-T code and rate that the row's amounts fit instead of its own: the closest rate, under each code that has it."""
    if vat_fits(row.base, row.vat, row.rate, lines):
        return []
    known = {(each.standard_code, each.rate) for each in RATES if each.rate and each.rate != row.rate}
    fit = [
        (abs(row.vat * WHOLE - rate * row.base), code, rate)
        for code, rate in known
        if vat_fits(row.base, row.vat, rate, lines)
    ]
    closest = min(fit)[0] if fit else 0
    return sorted((code, rate) for distance, code, rate in fit if distance == closest)


def _row_words(row: VatLine) -> str:
    return f"base {display(row.base)} and VAT {display(row.vat)} stand at {rate_text(row.rate)}"


def _rate_words(sheet: Sheet, row: VatLine, rate: int) -> tuple[CauseKind, str]:
    """The cause that a row's amounts fit another rate than its own: of today, or of another date."""
    day = sheet.z.business_day
    other = not rate_valid(None, rate, day) or (not rate_valid(row.standard_code, row.rate, day) and in_force(row.rate))
    words = f"{_row_words(row)}, and fit {rate_text(rate)}"
    if not other:
        return CauseKind.RATE_WRONG, words
    old = row.rate if rate_valid(None, rate, day) else rate
    return CauseKind.RATE_OF_OTHER_DATE, f"{words}; {rate_text(old)} was in force {in_force(old)}"


def _at_its_rate(sheet: Sheet, row: VatLine) -> Iterator[VatLine]:
    """The row with its VAT computed at the rate it names: as its receipts have it, and with its own gross kept."""
    if (right := _right(sheet, row)) is not None:
        yield right
    inside = contained_vat(row.base + row.vat, row.rate)
    yield replace(row, base=row.base + row.vat - inside, vat=inside)


def in_force(rate: int) -> str:
    """When a rate was in force, in words; "" for a rate that never was or still is."""
    spans = [known for known in RATES if known.rate == rate]
    if not spans or any(known.last is None for known in spans):
        return ""
    last = max((known.last for known in spans if known.last), default=dt.date.max)
    return f"from {min(known.first for known in spans)} to {last}"


def vat_rows(sheet: Sheet) -> Iterator[Fitting]:
    """VAT rows that are of the gross, at another rate, or a few øre off, whatever another fault did to the receipts beside them."""
    if sheet.rates_of_receipts is not None:
        yield Fitting(partial(_rows_of, sheet))


def _rows_of(sheet: Sheet, left: Effect) -> Suspect | None:
    if any(where[0] not in (VAT[0], BASE, TAX) for where in left):
        return None
    off: dict[str, tuple[Ore, Ore]] = {}
    for where, name in left:
        if where in (BASE, TAX):
            off[name] = (left.get((BASE, name), 0), left.get((TAX, name), 0))
    by_name = {row_name(row.vat_code, row.rate): row for row in sheet.z.vat}
    if sum(base + tax for base, tax in off.values()) != left.get(VAT, 0) or not off or set(off) - set(by_name):
        return None
    rights = {
        by_name[name]: replace(by_name[name], base=by_name[name].base - base, vat=by_name[name].vat - tax)
        for name, (base, tax) in sorted(off.items())
    }
    row, right = next(iter(rights.items()))
    rates = ", ".join(rate_text(each.rate) for each in rights)
    raises = frozenset(flag for flag in sheet.flags if flag[1] in rates.split(", ") and flag[0].startswith("vat"))
    if all(_shape_of_gross(sheet, each, other) for each, other in rights.items()):
        words = gross_words(row, right.base, right.vat)
        return Suspect(CauseKind.VAT_OF_GROSS, f"VAT at {rates}", left, raises, LIKELY, words)
    if left.get(VAT) and all(
        max(map(abs, off[name])) <= lines_of(by_name[name], sheet.z, sheet.profile) for name in off
    ):
        words = f"base + VAT of all rates is {display(left[VAT])} off total sales, less than an øre a line"
        return Suspect(
            CauseKind.ORE_PER_LINE, "VAT", left, raises, SURE + 2 + len(off) + _typed(left[VAT], len(off)), words
        )
    if len(rights) == 1 and (found := _computed_at(sheet, row, right)) is not None:
        kind, words = found
        return Suspect(kind, f"VAT at {rates}", left, raises, SURE + 2, words)
    return None


def _computed_at(sheet: Sheet, row: VatLine, right: VatLine) -> tuple[CauseKind, str] | None:
    """The row as computed at another rate of the right one's gross or base."""
    lines = lines_of(row, sheet.z, sheet.profile)
    if row.base + row.vat != right.base + right.vat and row.base != right.base:
        return None
    found = _fitting_rates(row, lines)
    return _rate_words(sheet, row, found[0][1]) if found else None


def _left_out_by_receipts(sheet: Sheet) -> Iterator[Suspect | None]:
    if sheet.rates_of_receipts is None:
        return
    stated = {(row.vat_code, row.rate) for row in sheet.z.vat if not is_zero(row)}
    for (code, rate), (base, tax) in sorted(sheet.rates_of_receipts.items()):
        if (code, rate) not in stated and (base or tax):
            standard = sheet.profile.standard_vat_code(code, None)
            found = replace(sheet.z, vat=(*sheet.z.vat, VatLine(code, standard, rate, base, tax)))
            words = f"the receipts have sales of {display(base + tax)} at {rate_text(rate)}, and the Z has none at that rate"
            yield sheet.suspect(CauseKind.VAT_RATE_LEFT_OUT, f"VAT at {rate_text(rate)}", found, SURE, words)


def _per_line(sheet: Sheet) -> Suspect | None:
    """VAT rows a few øre off, never more than their lines: rounded line by line, and the øre not carried."""
    z = sheet.z
    bounds = {row_name(row.vat_code, row.rate): lines_of(row, z, sheet.profile) for row in z.vat}
    effect: dict[Where, Ore] = {}
    if sheet.rates_of_receipts is None:
        moved = sheet.off.get(VAT, 0)
        lines = min(sum(bounds.values()), (z.receipt_count + z.return_count) * sheet.profile.rules.lines_per_receipt)
        if not moved or abs(moved) > lines:
            return None
        effect = {VAT: moved, **_small_gross(sheet, bounds)}
        bits = 6 + min(abs(moved), 60).bit_length()
    else:
        for where, amount in sheet.off.items():
            if where[0] in (BASE, TAX) and abs(amount) <= bounds.get(where[1], 0):
                effect[where] = amount
        effect[VAT] = sum(effect.values())
        bits = SURE + 2 + len(effect) + _typed(effect[VAT], len(effect) - 1)
    effect = nonzero(effect)
    if not effect:
        return None
    words = f"base + VAT of all rates is {display(sheet.off.get(VAT, 0))} off total sales, less than an øre a line"
    return Suspect(CauseKind.ORE_PER_LINE, "VAT", effect, frozenset(), bits, words)


def _typed(amount: Ore, rows: int) -> int:
    """Bits more where one row alone is off by a multiple of nine øre, as when digits were swapped in it."""
    return 4 if rows == 1 and amount % 9 == 0 else 0


def _per_line_somewhere(sheet: Sheet) -> Iterator[Suspect | None]:
    """The same where another fault hides which rows the øre are missing in: all of them put in one row."""
    moved = sheet.off.get(VAT, 0)
    if sheet.rates_of_receipts is None or not moved:
        return
    lines = sum(lines_of(row, sheet.z, sheet.profile) for row in sheet.z.vat)
    if abs(moved) > lines:
        return
    words = f"base + VAT of all rates is {display(moved)} off total sales, less than an øre a line"
    for row in sheet.z.vat:
        for part in (BASE, TAX):
            effect = {VAT: moved, (part, row_name(row.vat_code, row.rate)): moved}
            yield Suspect(CauseKind.ORE_PER_LINE, "VAT", effect, frozenset(), LIKELY + 3, words)


def _small_gross(sheet: Sheet, bounds: dict[str, int]) -> Effect:
    return {w: a for w, a in sheet.off.items() if w[0] == GROSS and abs(a) <= bounds.get(w[1], 0)}
