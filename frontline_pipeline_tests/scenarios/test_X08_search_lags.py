"""X08: a search that lags behind the writes makes no duplicate within the settle time, and a visible one beyond it."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


@pytest.mark.parametrize("lag", [0, 1, 30, 59])
@pytest.mark.parametrize("refuses", [True, False])
def test_X08_within_the_settle_time_it_is_found(tmp_path: Path, lag: float, refuses: bool):
    world = World(sqlite_url(tmp_path), FakeLedger(refuse_used_numbers=refuses, lag=lag))
    world.ledger.faults = ["unknown_after"]
    world.run(voucher())
    (outcome,) = world.run(voucher())
    assert outcome.state is State.POSTED
    assert world.ledger.saves == 1
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


def test_X08_beyond_it_the_used_number_is_refused_and_nothing_is_doubled(tmp_path: Path):
    world = World(sqlite_url(tmp_path), FakeLedger(lag=500))
    world.ledger.faults = ["unknown_after"]
    world.run(voucher())
    (held,) = world.run(voucher())
    assert held.state is State.UNKNOWN
    # Called used, and not to be seen: it is not sent a third time, however often it is run.
    for _ in range(3):
        world.later(70)
        assert world.run(voucher())[0].state is State.UNKNOWN
    assert world.ledger.saves == 2
    world.later(500)
    assert world.run(voucher())[0].state is State.POSTED
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


def test_X08_beyond_it_a_ledger_that_takes_used_numbers_is_reported(tmp_path: Path):
    world = World(sqlite_url(tmp_path), FakeLedger(lag=500, refuse_used_numbers=False))
    world.ledger.faults = ["unknown_after"]
    world.run(voucher())
    assert world.run(voucher())[0].state is State.POSTED
    world.later(1000)
    assert [each.state for each in world.sweep().disagreements] == [State.DUPLICATED]
