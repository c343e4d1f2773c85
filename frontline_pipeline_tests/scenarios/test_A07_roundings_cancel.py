"""A07: many small roundings with both signs; a net of zero gives no line."""

from __future__ import annotations

from frontline_pipeline_tests.scenario_kit import booked, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Till


def test_A07_net_rounding_is_the_sum_of_its_parts() -> None:
    till = Till("K1", "1")
    for gross in (1_510, 1_520, 1_590, 1_560, 1_530):
        till.ring(gross, pay="CASH")
    assert proof_of(till).z_reports[0].rounding == -10 - 20 + 10 + 40 - 30
    (voucher,) = vouchers_of(till)
    assert booked(voucher)[7740, ""] == 10


def test_A07_zero_net_gives_no_line() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(1_520, pay="CASH").ring(1_580, pay="CASH"))
    assert 7740 not in {line.account for line in voucher.lines}
    both = vouchers_of(Till("K1", "1").ring(1_520, pay="CASH"), Till("K2", "1").ring(1_580, pay="CASH"))
    assert [line.amount for v in both for line in v.lines if line.account == 7740] == [20, -20]
