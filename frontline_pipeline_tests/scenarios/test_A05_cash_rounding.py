"""A05: cash rounding goes to its account, VAT is untouched."""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till


@pytest.mark.parametrize(("gross", "paid", "rounding"), [(1_572, 1_600, -28), (1_540, 1_500, 40), (1_550, 1_600, -50)])
def test_A05_the_difference_is_on_the_rounding_account(gross: int, paid: int, rounding: int) -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(gross, pay="CASH"))
    lines = booked(voucher)
    vat = round(gross / 5)
    assert lines == {
        (1900, ""): paid,
        (7740, ""): rounding,
        (2700, "3@25000"): -vat,
        (3000, "3@25000"): vat - gross,
    }
