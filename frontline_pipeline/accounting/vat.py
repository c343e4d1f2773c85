"""Norwegian VAT: which rates were in force when, and how far VAT may be from what the gross contains.

Belongs here: the dated table of rates by SAF-T standard tax code, exact integer arithmetic over base, VAT and gross.
Does not: the mapping to accounts and 24SevenOffice tax codes (settings.py), the rules of a Z-report (z_report.py).

Rates are thousandths of a percent (25 % == 25000), amounts are øre.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from frontline_pipeline.accounting.money import Ore

WHOLE = 100_000
"""100 % in thousandths of a percent."""

NOT_FOR_SALES = frozenset({"0"})
"""SAF-T standard code 0 is 'no VAT treatment (purchases)'; the official example maps its 0 % sales to it by mistake (DOMAIN A.7)."""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate of one SAF-T standard tax code, in force from `first` to `last` (both included; None is open)."""

    standard_code: str
    rate: int
    first: dt.date
    last: dt.date | None
    certainty: Literal["law or tax authority", "secondary source", "general knowledge"]

    def valid(self, on: dt.date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


_BEGIN = _day("2005-01-01")

RATES: tuple[DatedRate, ...] = (
    # Regular rate.
    DatedRate("3", 25_000, _BEGIN, None, "law or tax authority"),
    # Food and drink, not served.
    DatedRate("31", 11_000, _BEGIN, _day("2005-12-31"), "general knowledge"),
    DatedRate("31", 13_000, _day("2006-01-01"), _day("2006-12-31"), "general knowledge"),
    DatedRate("31", 14_000, _day("2007-01-01"), _day("2011-12-31"), "general knowledge"),
    DatedRate("31", 15_000, _day("2012-01-01"), None, "law or tax authority"),
    # Raw fish through the fish sales organisations.
    DatedRate("32", 11_110, _BEGIN, None, "secondary source"),
    # Low rate: transport, lodging, cinema, museums, sport; 6 % was a temporary rate of the pandemic.
    DatedRate("33", 8_000, _day("2006-01-01"), _day("2015-12-31"), "secondary source"),
    DatedRate("33", 10_000, _day("2016-01-01"), _day("2017-12-31"), "secondary source"),
    DatedRate("33", 12_000, _day("2018-01-01"), _day("2020-03-31"), "secondary source"),
    DatedRate("33", 6_000, _day("2020-04-01"), _day("2021-09-30"), "secondary source"),
    DatedRate("33", 12_000, _day("2021-10-01"), None, "law or tax authority"),
    # Zero rate, reverse charge, export, outside the Act, no VAT treatment (income).
    *(DatedRate(code, 0, _BEGIN, None, "law or tax authority") for code in ("5", "51", "52", "6", "7")),
)
"""DOMAIN C.1 and C.2. A change of law is a new row, and the end date of the old one."""


def rate_valid(standard_code: str | None, rate: int, on: dt.date) -> bool:
    """Whether `rate` was in force on `on` for the SAF-T standard code; with code None, for any code.

    The day that counts is the day of delivery; a return carries the rate of the sale that it takes back (DOMAIN C.1).
    """
    return any(
        row.rate == rate and row.valid(on) and (standard_code is None or row.standard_code == standard_code)
        for row in RATES
    )


def valid_rates(on: dt.date, standard_code: str | None = None) -> tuple[int, ...]:
    """Rates in force on `on`, highest first; of one SAF-T standard code when given."""
    rates = {row.rate for row in RATES if row.valid(on) and standard_code in (None, row.standard_code)}
    return tuple(sorted(rates, reverse=True))


def rate_valid_since(standard_code: str | None, rate: int, since: dt.date, until: dt.date) -> bool:
    """Whether the rate was in force on any day from `since` to `until`."""
    return any(
        row.rate == rate
        and (standard_code is None or row.standard_code == standard_code)
        and row.first <= until
        and (row.last is None or row.last >= since)
        for row in RATES
    )


def was_rate(rate: int, on: dt.date) -> bool:
    """Whether `rate` was a rate of any code before `on`, and is none on it."""
    return not rate_valid(None, rate, on) and any(row.rate == rate and row.first < on for row in RATES)


def contained_vat(gross: Ore, rate: int) -> Ore:
    """VAT contained in a gross amount, rounded half away from zero: contained_vat(11920, 15000) == 1555."""
    size = (2 * abs(gross) * rate + (WHOLE + rate)) // (2 * (WHOLE + rate))
    return size if gross >= 0 else -size


def vat_on(base: Ore, rate: int) -> Ore:
    """VAT of a net amount, rounded half away from zero: vat_on(11920, 15000) == 1788."""
    size = (2 * abs(base) * rate + WHOLE) // (2 * WHOLE)
    return size if base >= 0 else -size


def vat_tolerance(rate: int, lines: int) -> Fraction:
    """Øre by which VAT may differ from rate x base in a group of `lines` receipt lines (at least one).

    Prices in Norway include VAT: a line's VAT is gross x r / (1 + r) rounded to the øre, at most half an øre off. The base is
    the gross less that VAT, so the error stands in the base as well, and against rate x base it is at most (1 + r) / 2 øre a
    line: a single line of 0.04 at 25 % holds 0.01 VAT and a base of 0.03. A group is the sum of its lines.
    """
    return Fraction(max(lines, 1), 2) * (1 + Fraction(rate, WHOLE))


def vat_fits(base: Ore, vat: Ore, rate: int, lines: int) -> bool:
    """Whether `vat` is what base and rate give, within half an øre per receipt line; exact integers.

    Two readings of that bound are in use: |vat - r x base| <= n/2 and |vat - r/(1+r) x gross| <= n/2. With gross = base + vat the
    second difference is the first divided by (1 + r), so whatever passes the first passes the second: only the second is computed.
    At 0 % nothing is rounded and the VAT must be zero.
    """
    if rate == 0:
        return vat == 0
    return 2 * abs(vat * WHOLE - rate * base) <= max(lines, 1) * (WHOLE + rate)


def vat_fits_gross(taken_of: Ore, vat: Ore, rate: int, lines: int) -> bool:
    """Whether `vat` is rate x `taken_of` within half an øre per line: the fault of VAT computed on the gross (DOMAIN 0.3)."""
    return rate > 0 and vat != 0 and 2 * abs(vat * WHOLE - rate * taken_of) <= max(lines, 1) * WHOLE


def rate_text(rate: int) -> str:
    """Text of a rate: 25000 is `25 %`, 11110 is `11.11 %`."""
    whole, part = divmod(rate, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".") + " %" if part else f"{whole} %"
