"""A24: the VAT rate was changed after the sale; the rate on the Z counts, not that of today."""

from __future__ import annotations

import datetime as dt

from frontline_pipeline_tests.scenario_kit import booked, held, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Item, Till


def test_A24_the_temporary_rate_of_2021_is_booked_as_it_was() -> None:
    (voucher,) = vouchers_of(Till("K1", "1", dt.date(2021, 9, 30)).ring(Item(10_600, "1", rate=6_000)))
    assert booked(voucher) == {(1920, ""): 10_600, (2703, "33@6000"): -600, (3050, "33@6000"): -10_000}


def test_A24_the_same_rate_a_day_later_is_held() -> None:
    proof = proof_of(Till("K1", "1", dt.date(2021, 10, 1)).ring(Item(10_600, "1", rate=6_000)))
    assert held(proof) == {"vat_rate_valid"}
