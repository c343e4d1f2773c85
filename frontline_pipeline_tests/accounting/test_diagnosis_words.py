"""What is said about an unbalanced Z-report, and that nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from frontline_pipeline.accounting.diagnosis import MOST, why_unbalanced
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline_tests.strategies import Item, Till, change, profile, receipts_bundle, z_bundle


def till() -> Till:
    return (
        Till("K1", "1")
        .ring(12_534, pay="CASH")
        .ring(10_280, Item(4_603, "2"), pay="CARD")
        .ring(7_000, pay="VIPPS")
        .move("bank_deposit", 3_333)
        .count("SAFE", 8_888, 8_888)
    )


def words(changed: Bundle) -> str:
    receipts = receipts_bundle(till())
    (z,) = prove_z_reports(changed, None, profile()).z_reports
    found = why_unbalanced(z, profile(), receipts)
    assert 0 < len(found) <= MOST
    return "; ".join(found)


def shifted(by: int) -> Bundle:
    bundle = z_bundle(till())
    return change(bundle, "z_tenders", 0, "amount", int(bundle["z_tenders"]["amount"].iloc[0]) + by)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (7_000, "the amount of tender VIPPS"),
        (14_000, "twice the amount of tender VIPPS"),
        (-8_888, "expected in SAFE"),
        (-3_333, "missing on one side, or counted twice"),
        (3_333, "does not count pay-outs"),
        (-6_666, "twice the bank_deposit"),
        (68, "twice the rounding -0.34"),
        (34, "the rounding -0.34"),
        (-12_534, "the amount of receipt 1-1"),
        (2_507 + 2_056 + 1_400 + 600, "the VAT of the day"),
        (2_507 + 2_056 + 1_400, "the VAT at 25 %"),
        (4_603, "the sales at 15 %"),
        (90, "divisible by nine"),
    ],
)
def test_candidates(by: int, expected: str) -> None:
    assert expected in words(shifted(by))


def test_a_balanced_z_has_no_candidates() -> None:
    (z,) = prove_z_reports(z_bundle(till()), None, profile()).z_reports
    assert why_unbalanced(z, profile()) == ()


def test_rounding_stated_as_zero() -> None:
    (z,) = prove_z_reports(z_bundle(till().state(rounding=0)), None, profile()).z_reports
    assert "small enough for cash rounding" in why_unbalanced(z, profile())[0]


def test_credit_sales_in_the_tenders() -> None:
    bundle = change(shifted(55_501), "z_reports", 0, "credit_sales", 55_501)
    assert "credit sales of 555.01" in words(bundle)


def test_the_finding_carries_the_candidates() -> None:
    changes: dict[str, Any] = {"raw_receipts": receipts_bundle(till()), "profile": profile()}
    (finding,) = prove_z_reports(shifted(7_000), **changes).of("z_balances")
    assert "VIPPS" in finding.next_step
    assert "Nothing is plugged" in finding.next_step
