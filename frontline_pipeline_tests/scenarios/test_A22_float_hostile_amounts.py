"""A22: amounts that floats get wrong are exact, and everything else is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from frontline_pipeline.accounting.money import ore, text
from frontline_pipeline_tests.scenario_kit import booked, vouchers_of
from frontline_pipeline_tests.strategies import Till


def test_A22_exact_where_floats_are_not() -> None:
    assert ore("0.1") + ore("0.2") == ore("0.3") == 30
    assert ore("1000000000.01") == 100_000_000_001
    assert ore(Decimal("1234.560")) == 123_456
    assert text(ore("-0.50")) == "-0.50"


@pytest.mark.parametrize(
    "value",
    [
        "12,50",
        "NaN",
        "Infinity",
        "1e400",
        "1e3",
        "1_000",
        "１２",
        "+5",
        ".5",
        "",
        "1.005",
        "abc",
        "1 000",
        True,
        0.1,
        None,
        10**400,
        Decimal("sNaN"),
    ],
)
def test_A22_refused_with_words(value: object) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        ore(value)  # type: ignore[arg-type]


def test_A22_thirty_cents_and_a_billion_balance() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(10).ring(20).ring(100_000_000_000))
    assert booked(voucher)[1920, ""] == 100_000_000_030
