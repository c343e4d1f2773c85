"""The dated table of Norwegian rates and the bound of VAT rounding."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontline_pipeline.accounting.vat import (
    RATES,
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


@pytest.mark.parametrize(
    ("code", "rate", "day", "valid"),
    [
        ("3", 25_000, "2026-11-23", True),
        ("31", 15_000, "2026-11-23", True),
        ("31", 14_000, "2011-12-31", True),
        ("31", 14_000, "2012-01-01", False),
        ("33", 12_000, "2020-03-31", True),
        ("33", 12_000, "2020-04-01", False),
        ("33", 6_000, "2020-04-01", True),
        ("33", 6_000, "2021-09-30", True),
        ("33", 6_000, "2021-10-01", False),
        ("33", 12_000, "2021-10-01", True),
        ("33", 10_000, "2016-01-01", True),
        ("33", 8_000, "2015-12-31", True),
        ("32", 11_110, "2020-01-01", True),
        ("5", 0, "2020-01-01", True),
        ("3", 15_000, "2026-11-23", False),
        ("31", 25_000, "2026-11-23", False),
        ("0", 0, "2026-11-23", False),
        ("3", 0, "2026-11-23", False),
    ],
)
def test_rates_hold_between_their_dates(code: str, rate: int, day: str, valid: bool) -> None:
    assert rate_valid(code, rate, dt.date.fromisoformat(day)) is valid


def test_rates_of_a_code_do_not_overlap() -> None:
    for row in RATES:
        same = [r for r in RATES if r.standard_code == row.standard_code and r.valid(row.first)]
        assert same == [row]


def test_valid_rates_today() -> None:
    assert valid_rates(dt.date(2026, 11, 23)) == (25_000, 15_000, 12_000, 11_110, 0)
    assert valid_rates(dt.date(2020, 5, 1), "33") == (6_000,)
    assert rate_valid_since("33", 6_000, dt.date(2020, 1, 1), dt.date(2022, 1, 1))
    assert not rate_valid_since("33", 6_000, dt.date(2021, 10, 1), dt.date(2022, 1, 1))


def test_vat_of_the_official_examples() -> None:
    assert contained_vat(11920, 15_000) == 1555
    assert vat_on(11920, 15_000) == 1788
    assert contained_vat(41140, 25_000) == 8228
    assert contained_vat(-1640, 15_000) == -214
    # 13.42 in the Z where 15 % of 89.38 is 13.41: lawful, because the lines were rounded one by one.
    assert vat_fits(8938, 1342, 15_000, 5)
    assert vat_fits_gross(11920, 1788, 15_000, 4)


def test_a_single_line_may_differ_by_more_than_half_an_ore_from_rate_times_base() -> None:
    # Gross 0.11 at 15 % holds 0.0143 VAT, rounded to 0.01, base 0.10: 15 % of the base is 0.015.
    assert contained_vat(11, 15_000) == 1
    assert all(vat_fits(g - contained_vat(g, 15_000), contained_vat(g, 15_000), 15_000, 1) for g in range(-300, 300))
    gaps = [abs(Fraction(15, 100) * (g - contained_vat(g, 15_000)) - contained_vat(g, 15_000)) for g in range(300)]
    assert Fraction(1, 2) < max(gaps) <= vat_tolerance(15_000, 1)


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30),
    st.sampled_from([6_000, 11_110, 12_000, 15_000, 25_000]),
)
def test_sums_of_rounded_lines_always_fit(grosses: list[int], rate: int) -> None:
    vat = sum(contained_vat(g, rate) for g in grosses)
    assert vat_fits(sum(grosses) - vat, vat, rate, len(grosses))


@given(st.integers(10_000, 10**8), st.integers(1, 50), st.sampled_from([12_000, 15_000, 25_000]))
def test_one_ore_beyond_the_bound_does_not_fit(gross: int, lines: int, rate: int) -> None:
    vat = contained_vat(gross, rate)
    shift = lines // 2 + 2
    assert not vat_fits(gross - vat - shift, vat + shift, rate, lines)


def test_zero_rate_allows_no_vat_and_no_lines_count_as_one() -> None:
    assert vat_fits(10_000, 0, 0, 0)
    assert not vat_fits(10_000, 1, 0, 1000)
    assert vat_fits(3, 1, 25_000, 0)
    assert not vat_fits(3, 2, 25_000, 0)


def test_rate_text() -> None:
    assert [rate_text(r) for r in (25_000, 11_110, 0, 12_500)] == ["25 %", "11.11 %", "0 %", "12.5 %"]
