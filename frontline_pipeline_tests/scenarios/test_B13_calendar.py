"""B13 (calendar): store-days outside the life of a store are closed, with the reason in words."""

from __future__ import annotations

import datetime as dt

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline_tests.scenario_kit import held, proof_of
from frontline_pipeline_tests.strategies import Till, profile


def test_B13_before_opening_and_after_closing() -> None:
    calendar = profile(calendar={"opened_on": "2026-03-01", "closed_on": "2026-11-01"}).store.calendar
    assert calendar.closed_because(dt.date(2026, 2, 28)) == "not opened until 2026-03-01"
    assert calendar.closed_because(dt.date(2026, 3, 1)) is None
    assert calendar.closed_because(dt.date(2026, 10, 31)) is None
    assert calendar.closed_because(dt.date(2026, 11, 1)) == "store closed on 2026-11-01"


def test_B13_weekdays_holidays_and_exceptions() -> None:
    calendar = profile(
        calendar={
            "closed_weekdays": ["sunday"],
            "closed_on_public_holidays": True,
            "closed_dates": ["2026-11-24"],
            "open_dates": ["2026-12-20", "2026-12-25"],
        }
    ).store.calendar
    assert calendar.closed_because(dt.date(2026, 11, 22)) == "closed on sundays"
    assert calendar.closed_because(dt.date(2026, 5, 1)) == "public holiday: Labor Day"
    assert calendar.closed_because(dt.date(2026, 11, 24)) == "closed date in the store's calendar"
    assert calendar.closed_because(dt.date(2026, 12, 20)) is None
    assert calendar.closed_because(dt.date(2026, 12, 25)) is None


def test_B13_a_closed_day_expects_and_books_nothing() -> None:
    day = dt.date(2026, 2, 1)
    mine = profile(calendar={"opened_on": "2026-03-01"}, receipts="expected")
    proof = prove_z_reports(Bundle.empty("oslo", day, Status.CLOSED, Z_FRAMES), None, mine)
    receipts = prove_receipts(Bundle.empty("oslo", day, Status.CLOSED, RECEIPT_FRAMES), proof.z_reports, mine)
    assert (proof.findings, receipts.findings) == ((), ())
    assert (proof.bundle.status, receipts.bundle.status) == (Status.CLOSED, Status.CLOSED)
    made = build_vouchers(proof.z_reports, mine)
    assert (made.vouchers, made.skipped) == ((), ())


def test_B13_takings_before_the_opening_warn_but_are_not_lost() -> None:
    mine = profile(calendar={"opened_on": "2027-01-01"})
    proof = proof_of(Till("K1", "1").ring(100), mine=mine)
    assert held(proof) == set()
    assert "not opened until 2027-01-01" in proof.of("open_as_planned")[0].message
