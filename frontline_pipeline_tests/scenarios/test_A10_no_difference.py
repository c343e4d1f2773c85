"""A10: counted as expected, difference account not mapped: posts normally."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import vouchers_of
from frontline_pipeline_tests.strategies import Till, ledger, profile


def test_A10_zero_difference_needs_no_account() -> None:
    mine = profile(ledger(accounts={}))
    (voucher,) = vouchers_of(Till("K1", "1").ring(12_500, pay="CASH").count("CASH", 12_500, 12_500), mine=mine)
    assert "difference" not in {line.role for line in voucher.lines}
