"""D04: at the boundary of a month, a VAT term and a year each day stands in its own period, and is read back there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

DAYS = [dt.date(2026, 10, 31), dt.date(2026, 11, 1), dt.date(2026, 12, 31), dt.date(2027, 1, 1)]


def test_D04_each_day_in_its_own_period(tmp_path: Path):
    world = World(sqlite_url(tmp_path), FakeLedger(years=[2026, 2027]))
    outcomes = world.run(*(voucher(number, day=day) for number, day in enumerate(DAYS, 1)))
    assert [each.state for each in outcomes] == [State.POSTED] * 4
    assert [(each.date, each.year_id) for each in world.ledger.vouchers] == [(day, day.year) for day in DAYS]
    # The series begins anew with the year.
    assert [each.transaction_no for each in outcomes] == [1, 2, 3, 1]
    for day in DAYS:
        assert [each.document.business_day for each in world.read_back(day)] == [day]
    assert {each.state for each in world.log.documents()} == {State.VERIFIED}
    swept = world.sweep(months=4, today=dt.date(2027, 1, 5))
    assert (len(swept.agreements), swept.calls, swept.disagreements, swept.strangers) == (4, 4, (), ())


def test_D04_a_correction_stays_in_its_period(tmp_path: Path):
    world = World(sqlite_url(tmp_path), FakeLedger(years=[2026, 2027]))
    world.run(voucher(1, day=DAYS[2]), voucher(2, day=DAYS[3]))
    assert world.correct(voucher(1, day=DAYS[2], net=20_000))[0].done
    assert [each.date for each in world.ledger.vouchers] == [DAYS[2], DAYS[3], DAYS[2], DAYS[2]]
