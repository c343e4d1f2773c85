"""A02: 25, 15, 12 and 0 % in one day; rates are never merged."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import LEDGER, Item, Till, ledger, profile


def till() -> Till:
    return Till("K1", "1").ring(12_500, Item(11_500, "2"), Item(11_200, "1"), Item(5_000, "0"))


def test_A02_one_sales_and_one_vat_line_per_rate() -> None:
    (voucher,) = vouchers_of(till())
    assert booked(voucher) == {
        (1920, ""): 40_200,
        (2700, "3@25000"): -2_500,
        (2701, "31@15000"): -1_500,
        (2703, "33@12000"): -1_200,
        (3000, "3@25000"): -10_000,
        (3030, "31@15000"): -10_000,
        (3050, "33@12000"): -10_000,
        (3100, "5@0"): -5_000,
    }


def test_A02_rates_stay_apart_on_one_account() -> None:
    one = {"sales_account": 3000, "vat_account": 2700, "tax_code": "3"}
    mine = profile(ledger(vat_codes={**LEDGER["vat_codes"], "3": one, "31": one, "33": one}))
    (voucher,) = vouchers_of(till(), mine=mine)
    assert len([line for line in voucher.lines if line.account == 3000]) == 3
    assert len([line for line in voucher.lines if line.account == 2700]) == 3
