"""A08: counted cash less or more than expected."""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.scenario_kit import vouchers_of
from frontline_pipeline_tests.strategies import Till


@pytest.mark.parametrize(("counted", "difference"), [(11_400, 1_100), (13_000, -500)])
def test_A08_shortage_is_debit_surplus_credit_and_the_note_names_register_and_person(
    counted: int, difference: int
) -> None:
    (voucher,) = vouchers_of(Till("K1", "102").ring(12_500, pay="CASH").count("CASH", counted, 12_500, by="17"))
    lines = [line for line in voucher.lines if line.role == "difference"]
    assert {line.account: line.amount for line in lines} == {1909: difference, 1900: -difference}
    assert {line.text for line in lines} == {"Z 102 kasse K1: kassedifferanse CASH, talt av 17"}
    assert {line.tax_code for line in lines} == {None}
