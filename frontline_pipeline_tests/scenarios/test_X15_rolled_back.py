"""X15: what a person rolled back is not posted again by the schedule until it is released."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.errors import NotResolvable, Refused
from frontline_pipeline.posting.rollback import RolledBack, roll_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, day_voucher, profile, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

NEXT = DAY + dt.timedelta(days=1)


def test_X15_the_schedule_leaves_it_alone_until_it_is_released(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher(102), voucher(103, day=NEXT))
    assert [each.result for each in world.roll_back(DAY, NEXT)] == [RolledBack.ROLLED_BACK] * 2
    assert world.balances() == {}
    for _ in range(3):
        outcomes = world.run(voucher(102), voucher(103, day=NEXT))
        assert [each.state for each in outcomes] == [State.ROLLED_BACK] * 2
        assert "frontline release" in outcomes[0].message
    # Nor under another granularity.
    world.store = {"journal_per": "store"}
    assert not world.run(day_voucher(102))[0].done
    world.store = {}
    assert world.ledger.saves == 4
    assert world.log.state_of("oslo", DAY) is State.ROLLED_BACK

    world.release(DAY, DAY)
    outcomes = world.run(voucher(102), voucher(103, day=NEXT))
    assert [each.state for each in outcomes] == [State.POSTED, State.ROLLED_BACK]
    assert outcomes[0].reference == "oslo/K1/Z102/r2"
    assert world.balances() == {1920: 12_500, 2700: -2_500, 3000: -10_000}
    assert {each.state for each in world.read_back()} == {State.VERIFIED}


def test_X15_rolling_back_twice_reverses_once_and_goes_on_where_it_stopped(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher(102), voucher(103, day=NEXT))
    world.ledger.faults = ["", "unknown_after"]
    first = world.roll_back(DAY, NEXT)
    assert [each.result for each in first] == [RolledBack.ROLLED_BACK, RolledBack.HELD]
    again = world.roll_back(DAY, NEXT)
    assert [each.result for each in again] == [RolledBack.ROLLED_BACK] * 2
    assert world.ledger.saves == 4
    assert world.balances() == {}


def test_X15_drafts_and_unknown_days_are_told_apart(tmp_path: Path):
    world = World(sqlite_url(tmp_path), resend="hold")
    world.run(voucher(102, mode=Mode.DRAFT))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher(103, day=NEXT))
    told = world.roll_back(DAY, NEXT)
    assert [each.result for each in told] == [RolledBack.REFUSED, RolledBack.HELD]
    assert "delete the draft in 24SevenOffice" in told[0].message
    assert "resolve" in told[1].message
    assert world.ledger.saves == 2


def test_X15_a_reason_is_wanted_and_a_release_needs_something_rolled_back(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    with pytest.raises(Refused, match="with a reason"):
        roll_back(world.poster(), profile(), DAY, DAY, reason=" ", who="anna")
    with pytest.raises(NotResolvable, match="no store-day of oslo"):
        world.release()
