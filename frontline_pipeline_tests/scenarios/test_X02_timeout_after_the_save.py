"""X02: a time-out after the ledger saved is one voucher, adopted by the next run's probe."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X02_the_voucher_is_adopted_and_not_sent_again(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_after"]
    (lost,) = world.run(voucher())
    assert lost.state is State.UNKNOWN

    (found,) = world.run(voucher())

    assert (found.state, found.already, found.transaction_no) == (State.POSTED, True, 1)
    assert "adopted by probe" in found.message
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
    assert world.ledger.saves == 1
    assert "adopted adopted by probe: the ledger holds exactly what was sent (worker)" in world.history(
        "oslo/K1/Z102/r1"
    )
    # It is an ordinary posted voucher from now on.
    assert [each.state for each in world.read_back()] == [State.VERIFIED]
    assert world.run(voucher())[0].calls == 0


def test_X02_another_store_day_of_the_company_resolves_it_first(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_after"]
    world.run(voucher(102))
    (other,) = world.run(voucher(103))
    assert (other.state, other.transaction_no) == (State.POSTED, 2)
    assert world.state("oslo/K1/Z102/r1") is State.POSTED
    assert world.in_ledger() == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1"]
