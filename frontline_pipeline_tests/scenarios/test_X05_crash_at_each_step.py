"""X05: a crash at each step of a posting - before and after the intent, in the call, after the answer - ends in one voucher,
without anybody's help."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import Crash, expire_leases, profile, voucher
from frontline_pipeline_tests.posting.world import MortalDatabase, World, keep_the_promise, sqlite_url


@pytest.mark.parametrize("fault", ["crash_before", "crash_after"])
def test_X05_a_crash_in_the_call(tmp_path: Path, fault: str):
    world = World(sqlite_url(tmp_path))
    world.crash(voucher(), fault=fault)
    assert world.state("oslo/K1/Z102/r1") is State.SENDING
    assert world.run(voucher())[0].state is State.POSTED
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
    assert [each.state for each in world.read_back()] == [State.VERIFIED]


@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_X05_a_crash_at_each_write_of_the_log(tmp_path: Path, where: str):
    kill_at = 1
    while True:
        folder = tmp_path / str(kill_at)
        world = World(sqlite_url(folder))
        mortal = MortalDatabase(world.log.database, kill_at, where)
        try:
            world.poster("mortal", PostingLog(mortal)).post([voucher()], profile())
        except Crash:
            expire_leases(world.log)
        keep_the_promise(world.log, world.ledger)
        (outcome,) = world.run(voucher())
        assert outcome.state is State.POSTED, (kill_at, where)
        assert world.in_ledger() == ["oslo/K1/Z102/r1"]
        assert [each.state for each in world.read_back()] == [State.VERIFIED]
        world.log.close()
        if not mortal.dead:
            break
        kill_at += 1
    # Lookups, lease, intent, answer, release: all of them were killed once.
    assert kill_at > 8
