"""B11: a register closed on the 1st for the 31st: WARN, booked on the business day."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from frontline_pipeline.accounting.model import Severity
from frontline_pipeline_tests.scenario_kit import held, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import OSLO, Till

EVE = dt.date(2026, 10, 31)


def closed(at: dt.datetime, hour: int = 20) -> Till:
    return Till("K1", "1", EVE).ring(12_500, hour=hour).state(closed_at=pd.Timestamp(at))


def test_B11_warns_and_books_on_the_business_day() -> None:
    till = closed(dt.datetime(2026, 11, 1, 8, 30, tzinfo=OSLO))
    proof = proof_of(till)
    assert held(proof) == set()
    (finding,) = proof.of("business_day_agrees")
    assert finding.severity is Severity.WARN
    assert (finding.expected, finding.actual) == ("2026-11-01", "2026-10-31")
    assert vouchers_of(till)[0].business_day == EVE


def test_B11_a_close_before_the_cut_off_belongs_to_the_evening_before() -> None:
    assert proof_of(closed(dt.datetime(2026, 11, 1, 2, 15, tzinfo=OSLO))).of("business_day_agrees") == ()
    assert proof_of(closed(dt.datetime(2026, 10, 31, 23, 59, tzinfo=OSLO))).of("business_day_agrees") == ()


def test_B11_the_last_sale_is_looked_at_too() -> None:
    early = proof_of(closed(dt.datetime(2026, 10, 31, 23, 0, tzinfo=OSLO), hour=3))
    assert "the last sale was at 2026-10-31 03:00" in early.of("business_day_agrees")[0].message
