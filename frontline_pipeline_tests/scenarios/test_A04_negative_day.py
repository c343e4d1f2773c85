"""A04: returns exceed sales; sides flip and no column holds a negative amount."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till


def test_A04_signs_flip_to_valid_sides() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(12_500).ring(-25_000))
    assert booked(voucher) == {(1920, ""): -12_500, (2700, "3@25000"): 2_500, (3000, "3@25000"): 10_000}
    assert all(line.debit >= 0 and line.credit >= 0 for line in voucher.lines)
    assert [line.account for line in voucher.lines] == [2700, 3000, 1920]
