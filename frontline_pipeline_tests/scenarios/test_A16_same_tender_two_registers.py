"""A16: the same tender on two registers: apart per register, one line per store; totals equal."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till, profile


def tills() -> tuple[Till, Till]:
    return Till("K1", "102").ring(12_500), Till("K2", "88").ring(25_000).ring(1_540, pay="CASH")


def test_A16_per_register() -> None:
    first, second = vouchers_of(*tills())
    assert (first.document_key, second.document_key) == ("oslo/K1/Z102", "oslo/K2/Z88")
    assert (booked(first)[1920, ""], booked(second)[1920, ""]) == (12_500, 25_000)


def test_A16_per_store_sums_the_tender_into_one_line() -> None:
    mine = profile(journal_per="store")
    (voucher,) = vouchers_of(*tills(), mine=mine)
    assert voucher.document_key == "oslo/2026-11-23"
    assert booked(voucher)[1920, ""] == 37_500
    assert voucher.text == "Dagsoppgjør oslo 2026-11-23: K1 Z 102, K2 Z 88"
    apart = [booked(v) for v in vouchers_of(*tills())]
    for key, amount in booked(voucher).items():
        assert amount == sum(lines.get(key, 0) for lines in apart)
