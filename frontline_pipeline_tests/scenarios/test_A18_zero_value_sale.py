"""A18: a sale with 100 % discount is counted and gives no line."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Item, Till


def test_A18_no_zero_lines_but_still_counted() -> None:
    till = Till("K1", "1").ring(12_500).ring(Item(0, "2"), pay="VIPPS")
    assert proof_of(till).z_reports[0].receipt_count == 2
    (voucher,) = vouchers_of(till)
    assert [line.account for line in voucher.lines] == [1920, 2700, 3000]
    assert all(line.debit or line.credit for line in voucher.lines)
