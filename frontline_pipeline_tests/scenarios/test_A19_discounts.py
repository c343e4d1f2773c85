"""A19: discounts on prices that include VAT, at the edge of half an øre: lines sum to the total, VAT stays within half an øre a line,
and what is shared out is shared by largest remainder, to the last øre."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.vat import contained_vat, vat_tolerance
from frontline_pipeline.accounting.voucher import allot
from frontline_pipeline_tests.scenario_kit import booked, proof_of, vouchers_of
from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import Case, run
from frontline_pipeline_tests.strategies import Item, Till

amounts = st.integers(-1_000_000, 1_000_000)


def discounted(prices: list[int], discount: int) -> list[int]:
    """Prices less a discount on the whole receipt, as a register shares it over its lines."""
    return [price - part for price, part in zip(prices, allot(discount, prices), strict=True)]


def test_A19_seven_articles_of_3_30_with_15_percent_off_the_receipt() -> None:
    """15 % of 3.30 is 0.495: each line is at the edge, the receipt's discount is 3.465 and given as 3.47."""
    lines = discounted([330] * 7, 347)
    assert sum(lines) == 7 * 330 - 347
    assert set(lines) == {280, 281}
    (voucher,) = vouchers_of(Till("K1", "1").ring(*(Item(line) for line in lines)))
    vat = sum(contained_vat(line, 25_000) for line in lines)
    assert booked(voucher) == {(1920, ""): 1_963, (2700, "3@25000"): -vat, (3000, "3@25000"): vat - 1_963}


@settings(deadline=None)
@given(total=amounts, weights=st.lists(st.integers(0, 100_000), min_size=1, max_size=12).filter(any))
def test_A19_a_shared_amount_is_whole_and_no_share_is_an_øre_off(total: int, weights: list[int]) -> None:
    parts = allot(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=12), st.integers(0, 90))
def test_A19_per_line_vat_is_within_the_bound_and_the_voucher_is_the_z_to_the_øre(
    prices: list[int], percent: int
) -> None:
    lines = [line for line in discounted(prices, sum(prices) * percent // 100) if line]
    till = Till("K1", "1").ring(*(Item(line, "2") for line in lines))
    proof = proof_of(till)
    assert [finding.message for finding in proof.findings if finding.holds] == []
    (voucher,) = vouchers_of(till)
    vat = proof.z_reports[0].vat[0]
    assert vat.base + vat.vat == sum(lines)
    assert booked(voucher).get((2701, "31@15000"), 0) == -vat.vat


@pytest.mark.parametrize("lines", [1, 2, 7, 40])
def test_A19_one_øre_beyond_half_an_øre_a_line_is_held(lines: int, tmp_path: Path) -> None:
    """From contract files: VAT as far off as n lines can round, and one øre further."""
    exact, most = 2_500, int(vat_tolerance(25_000, lines))
    for more in (0, 1):
        # Base + VAT stays the gross: what VAT has too much, the base has too little.
        off = next(o for o in range(100) if Fraction(o) * (1 + Fraction(1, 4)) > most - 1 + Fraction(1, 4)) + more
        verdicts = [
            _held(_case(10_000 - sign * off, exact + sign * off, lines), tmp_path / f"{more}{sign}") for sign in (1, -1)
        ]
        fits = 2 * abs((exact + off) * 4 - (10_000 - off)) <= lines * 5
        assert verdicts == [set() if fits else {"vat_matches_rate"}] * 2


def _case(base: int, vat: int, lines: int) -> Case:
    extract = f"""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,590,2026-12-03,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat,line_count
OSLO-1,590,3,3,25,{base / 100:.2f},{vat / 100:.2f},{lines}

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,590,KORT,12002,125.00,NOK
"""
    return replace(CASES[0], id="a19", extract=extract)


def _held(case: Case, root: Path) -> set[str]:
    root.mkdir()
    (walk,) = run(case, root)
    return {finding.rule for finding in walk.reasons}
