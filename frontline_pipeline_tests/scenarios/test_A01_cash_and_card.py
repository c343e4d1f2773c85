"""A01: cash and card sales in one VAT rate."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till


def test_A01_sales_and_vat_are_credited_cash_and_card_debited() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(12_500, pay="CASH").ring(25_000, pay="CARD"))
    assert booked(voucher) == {
        (1900, ""): 12_500,
        (1920, ""): 25_000,
        (2700, "3@25000"): -7_500,
        (3000, "3@25000"): -30_000,
    }
