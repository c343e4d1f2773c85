"""Proof of the VAT of one Z-report.

Belongs here: the rules over VAT lines - sums, rate, net base, valid rates - as pure functions of one ZReport and the profile.
Does not: the dated table and the arithmetic of one line (vat.py), the other rules (z_report.py).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from frontline_pipeline.accounting.model import Finding, VatLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.rules import FIX_AT_SOURCE, name, z_finding
from frontline_pipeline.accounting.vat import (
    NOT_FOR_SALES,
    contained_vat,
    rate_text,
    rate_valid,
    rate_valid_since,
    valid_rates,
    vat_fits,
    vat_fits_gross,
    vat_on,
    vat_tolerance,
)
from frontline_pipeline.settings import StoreProfile

RETURN_YEARS = 5
"""How far back a return may reach for its rate: the longest time in which a buyer can complain of a defect."""


def is_zero(line: VatLine) -> bool:
    """Registers list their unused rates with zeros; such a row needs no rate, no mapping and no line."""
    return line.base == 0 and line.vat == 0 and not line.gross


def lines_of(line: VatLine, z: ZReport, profile: StoreProfile) -> int:
    """Receipt lines that bound the rounding of a VAT group: known, else receipts x the setting; at least one."""
    if line.line_count is not None:
        return max(line.line_count, 1)
    return max((z.receipt_count + z.return_count) * profile.rules.lines_per_receipt, 1)


def rule_vat_sums_to_sales(z: ZReport) -> list[Finding]:
    """Base + VAT over all rates is total sales, and per rate the gross where it is known; exact to the øre (DOMAIN 0.2)."""
    out: list[Finding] = []
    total = sum(line.base + line.vat for line in z.vat)
    if total != z.sales_total:
        message = (
            f"{name(z)}: base + VAT of all rates is {display(total)}, total sales are {display(z.sales_total)}, "
            f"difference {display(total - z.sales_total)}."
        )
        out.append(z_finding("vat_sums_to_sales", z, message, FIX_AT_SOURCE, expected=z.sales_total, actual=total))
    for line in z.vat:
        gross = line.base + line.vat
        if line.gross is not None and line.gross != gross:
            message = (
                f"{name(z)}: at {rate_text(line.rate)} base {display(line.base)} + VAT {display(line.vat)} is {display(gross)}, "
                f"but sales incl. VAT are {display(line.gross)}."
            )
            out.append(
                z_finding(
                    "vat_sums_to_sales",
                    z,
                    message,
                    FIX_AT_SOURCE,
                    subject=rate_text(line.rate),
                    expected=line.gross,
                    actual=gross,
                )
            )
    return out


def rule_vat_matches_rate(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """VAT is what base and rate give, within half an øre per receipt line (vat.py says why)."""
    out: list[Finding] = []
    for line in z.vat:
        lines = lines_of(line, z, profile)
        if is_zero(line) or vat_fits(line.base, line.vat, line.rate, lines):
            continue
        expected = vat_on(line.base, line.rate)
        allowed = _ore_text(vat_tolerance(line.rate, lines)) if line.rate else "nothing"
        message = (
            f"{name(z)}: VAT at {rate_text(line.rate)} is {display(line.vat)}; the rate on base {display(line.base)} gives "
            f"{display(expected)}, and {lines} receipt line{'s' * (lines > 1)} allow {allowed} more or less."
        )
        out.append(
            z_finding(
                "vat_matches_rate",
                z,
                message,
                f"{FIX_AT_SOURCE} The base, the VAT or the rate of this group is wrong.",
                subject=rate_text(line.rate),
                expected=expected,
                actual=line.vat,
            )
        )
    return out


def _ore_text(amount: Fraction) -> str:
    return f"{(Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal('0.1'))} øre"


def rule_vat_base_is_net(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """The base is net of VAT and the VAT was not taken of the gross, the fault of the withdrawn 2016 example (DOMAIN 0.3).

    Seen when the bases alone sum to total sales, when a base equals a known gross, or when VAT fits rate x gross but not
    rate x base.
    """
    bases = sum(line.base for line in z.vat)
    vat = sum(line.vat for line in z.vat)
    all_gross = vat != 0 and bases == z.sales_total != bases + vat
    out: list[Finding] = []
    for line in z.vat:
        if line.rate == 0 or is_zero(line):
            continue
        lines = lines_of(line, z, profile)
        base_is_gross = line.vat != 0 and (all_gross or line.gross == line.base)
        gross = line.base if base_is_gross else line.base + line.vat if line.gross is None else line.gross
        fits_net = vat_fits(line.base, line.vat, line.rate, lines)
        if base_is_gross or (not fits_net and vat_fits_gross(gross, line.vat, line.rate, lines)):
            out.append(_taken_of_gross(z, line, gross, base_is_gross, lines))
    return out


def _taken_of_gross(z: ZReport, line: VatLine, gross: Ore, base_is_gross: bool, lines: int) -> Finding:
    rate, right = rate_text(line.rate), contained_vat(gross, line.rate)
    step = f"{FIX_AT_SOURCE} The register or its export must state the base excl. VAT and compute VAT as contained in the price."
    if vat_fits_gross(gross, line.vat, line.rate, lines):
        message = (
            f"{name(z)}: VAT {display(line.vat)} at {rate} was taken of the gross {display(gross)}; "
            f"it should be {display(right)}."
        )
        return z_finding("vat_base_is_net", z, message, step, subject=rate, expected=right, actual=line.vat)
    net = gross - (line.vat if base_is_gross else right)
    message = (
        f"{name(z)}: the VAT base {display(line.base)} at {rate} is the gross; without the VAT {display(line.vat)} "
        f"it should be {display(net)}."
    )
    return z_finding("vat_base_is_net", z, message, step, subject=rate, expected=net, actual=line.base)


def rule_vat_rate_valid(z: ZReport) -> list[Finding]:
    """The rate was in force in Norway on the day of the sale; zero rows excepted (DOMAIN C.1).

    A return may carry an older rate: it is right when the receipt line names the day of the original sale and the rate was in
    force then; without that day, a negative amount with a rate of the last five years is a WARN.
    """
    out: list[Finding] = []
    for line in z.vat:
        if is_zero(line):
            continue
        code = None if line.standard_code in NOT_FOR_SALES else line.standard_code
        for original, amount in _amounts_by_day(z, line):
            days = {original} if original else _days(z)
            if amount == 0 or any(rate_valid(code, line.rate, day) for day in days):
                continue
            out.append(_bad_rate(z, line, code, original, amount))
    return out


def _bad_rate(z: ZReport, line: VatLine, code: str | None, original: dt.date | None, amount: Ore) -> Finding:
    on = original or z.business_day
    lawful = ", ".join(rate_text(r) for r in valid_rates(on, code)) or "none"
    what = f"{rate_text(line.rate)} (VAT code {line.vat_code}, SAF-T {line.standard_code or 'unknown'})"
    since = z.business_day - dt.timedelta(days=365 * RETURN_YEARS + 2)
    if original is None and amount < 0 and rate_valid_since(code, line.rate, since, z.business_day):
        message = f"{name(z)}: returns of {display(amount)} at {what}, a rate no longer in force on {on}."
        step = "Check that the goods were sold at that rate. receipt_lines.original_sale_date would prove it."
        return z_finding(
            "vat_rate_valid",
            z,
            message,
            step,
            warn=True,
            subject=rate_text(line.rate),
            expected=lawful,
            actual=rate_text(line.rate),
        )
    message = f"{name(z)}: {display(amount)} at {what}, a rate that was not in force on {on}; in force: {lawful}."
    step = f"{FIX_AT_SOURCE} If the register maps its VAT code {line.vat_code} to the wrong SAF-T code, set pos_vat_codes in the settings."
    return z_finding(
        "vat_rate_valid", z, message, step, subject=rate_text(line.rate), expected=lawful, actual=rate_text(line.rate)
    )


def _amounts_by_day(z: ZReport, line: VatLine) -> list[tuple[dt.date | None, Ore]]:
    known = z.receipts.sales_by_original_date if z.receipts else ()
    mine = [(day, amount) for code, rate, day, amount in known if (code, rate) == (line.vat_code, line.rate)]
    return mine or [(None, line.base + line.vat)]


def _days(z: ZReport) -> set[dt.date]:
    """Calendar days that a business day may span: a night's sales after midnight can stand under a new rate."""
    days = {z.business_day}
    for moment in (z.opened_at, z.last_sale_at, z.closed_at):
        if moment is not None and abs((moment.date() - z.business_day).days) <= 1:
            days.add(moment.date())
    return days


def rule_lines_estimated(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Without receipts or a line count, the bound of VAT rounding rests on receipts x a setting."""
    rates = [rate_text(line.rate) for line in z.vat if line.rate and not is_zero(line) and line.line_count is None]
    if not rates:
        return []
    message = (
        f"{name(z)}: receipt lines at {', '.join(rates)} are not known; VAT was proven with "
        f"{z.receipt_count + z.return_count} receipts x {profile.rules.lines_per_receipt} lines."
    )
    step = "Deliver receipts or z_vat.line_count for a tighter proof."
    return [z_finding("lines_estimated", z, message, step)]
