"""A03: sales and returns of the same day and rate are netted, as the Z has them."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till


def test_A03_returns_reduce_sales_vat_and_tender() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(25_000).ring(-12_500))
    assert booked(voucher) == {(1920, ""): 12_500, (2700, "3@25000"): -2_500, (3000, "3@25000"): -10_000}
