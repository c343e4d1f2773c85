"""X19: after `posting.attempts` sendings of the same content a document stops, visibly and once; a person lets it go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

KEY = "oslo/K1/Z102/r1"


@pytest.mark.parametrize("fault", ["rejected", "not_sent", "unknown_before"])
def test_X19_it_stops_and_says_so_once(tmp_path: Path, fault: str):
    world = World(sqlite_url(tmp_path), attempts=3)
    world.ledger.faults = [fault] * 20
    for _ in range(8):
        (outcome,) = world.run(voucher())
        world.later(100)
    assert outcome.state is Hold.EXHAUSTED
    assert "frontline retry oslo/K1/Z102/r1" in outcome.message
    assert world.ledger.saves == 3
    found = world.log.by_reference("fjord", KEY)
    assert (found.problem_kind, found.attempts) == ("exhausted", 3)
    assert sum(line.startswith("exhausted ") for line in world.history(KEY)) == 1

    world.ledger.faults = []
    world.log.retry(KEY, reason="the account is open again", who="anna")
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 1)
    assert world.in_ledger() == [KEY]


def test_X19_an_unknown_one_is_still_looked_for(tmp_path: Path):
    world = World(sqlite_url(tmp_path), attempts=2)
    world.ledger.faults = ["unknown_before"] * 2
    for _ in range(4):
        world.run(voucher())
    assert world.ledger.saves == 2
    world.ledger.land()
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.already) == (State.POSTED, True)
    assert world.in_ledger() == [KEY]


def test_X19_other_content_counts_anew(tmp_path: Path):
    world = World(sqlite_url(tmp_path), attempts=2)
    world.ledger.faults = ["rejected"] * 2
    for _ in range(3):
        assert not world.run(voucher())[0].done
    assert world.run(voucher(net=20_000))[0].state is State.POSTED
