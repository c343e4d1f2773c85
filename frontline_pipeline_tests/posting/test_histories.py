"""Random histories: runs, faults, crashes at any write, late requests, lag, corrections, rollbacks, a person - and the promise."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline_tests.posting.fake_ledger import DAY, Crash, FakeLedger, expire_leases, profile, voucher
from frontline_pipeline_tests.posting.world import MortalDatabase, World, keep_the_promise, standing

FAULTS = ["", "not_sent", "rejected", "unknown_before", "unknown_after", "crash_before", "crash_after"]
NETS = {102: [10_000, 20_000], 103: [5_000, 7_000]}
STEP = st.tuples(
    st.sampled_from(["run", "run", "correct", "roll back", "release", "read back", "late", "wait", "retry", "mortal"]),
    st.sampled_from([102, 103]),
    st.integers(0, 1),
    st.lists(st.sampled_from(FAULTS), max_size=2),
    st.integers(1, 12),
)


def one(world: World, step) -> None:
    what, z, version, faults, number = step
    made = voucher(z, net=NETS[z][version])
    world.ledger.faults = list(faults)
    expire_leases(world.log)
    with suppress(Crash):
        if what == "run":
            world.run(made)
        elif what == "correct":
            world.correct(made)
        elif what == "roll back":
            world.roll_back()
        elif what == "release" and any(each.state is State.ROLLED_BACK for each in world.log.documents()):
            world.release()
        elif what == "read back":
            world.read_back()
        elif what == "late" and world.ledger.in_flight:
            world.ledger.land(number % len(world.ledger.in_flight))
        elif what == "wait":
            world.later(number * 15)
        elif what == "retry":
            for each in world.log.documents(states=[State.REJECTED, State.PLANNED]):
                world.log.retry(each.reference, reason="go on", who="anna")
        elif what == "mortal":
            mortal = PostingLog(MortalDatabase(world.log.database, number, ("before", "inside", "after")[number % 3]))
            world.poster("mortal", mortal).post([made], profile())


def converge(world: World) -> None:
    """Runs without faults, long enough after everything. A person is needed for one thing only: an earlier request with other
    content that landed before the newer one was sent. It is held as disputed; they delete it and say so."""
    world.ledger.faults, world.ledger.lag = [], 0
    expire_leases(world.log)
    for _ in range(4):
        world.later(1000)
        for each in world.log.documents(states=[State.REJECTED, State.PLANNED]):
            world.log.retry(each.reference, reason="go on", who="anna")
        world.run(voucher(102), voucher(103))
        for each in world.log.documents(states=[State.DISPUTED]):
            world.log.resolve(each.reference, found=True, reason="with the content of before", who="anna")
            world.ledger.delete(world.in_ledger().index(each.reference))
            world.log.deleted(each.reference, reason="deleted it", who="anna")
        world.roll_back()
    while any(each.state is State.ROLLED_BACK for each in world.log.documents()):
        world.release()
    world.run(voucher(102), voucher(103))
    world.read_back()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEP, min_size=1, max_size=9),
    lag=st.sampled_from([0, 0, 30]),
    source=st.sampled_from(["ledger", "local"]),
)
def test_a_ledger_that_refuses_used_numbers_never_doubles(sqlite_template: Path, tmp_path: Path, steps, lag, source):
    world = World(copy_of(sqlite_template, tmp_path), FakeLedger(lag=lag), attempts=100, number_source=source)
    for step in steps:
        one(world, step)
        keep_the_promise(world.log, world.ledger)
        assert all(count <= 1 for count in standing(world.log, world.ledger).values())
    converge(world)
    assert [each.state for each in world.log.unknowns()] == []
    # Both store-days stand in the ledger once, with today's content, and nothing else does.
    assert standing(world.log, world.ledger) == {"K1/102": 1, "K1/103": 1}
    assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
    assert judge(world.log.state_of("oslo", DAY)).passed
    world.log.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=9))
def test_a_ledger_that_takes_used_numbers_may_double_but_never_unseen(sqlite_template: Path, tmp_path: Path, steps):
    """The hole that remains: every voucher in excess turns its store-day red at the next read-back."""
    world = World(copy_of(sqlite_template, tmp_path), FakeLedger(refuse_used_numbers=False), attempts=100)
    for step in steps:
        one(world, step)
    while world.ledger.in_flight:
        world.ledger.land()
    expire_leases(world.log)
    world.later(1000)
    world.read_back()
    excess = {name for name, count in Counter(world.in_ledger()).items() if count > 1}
    for name in excess:
        found = world.log.by_reference("fjord", name)
        assert found is not None
        assert found.state in {State.DUPLICATED, State.DISPUTED} | UNDECIDED or found.problem_kind == "twice", found
        assert not judge(world.log.state_of("oslo", DAY)).passed
    for each in world.log.documents():
        if each.reference in world.in_ledger():
            assert each.state in IN_LEDGER | UNDECIDED | {State.DISPUTED, State.REVERSED, State.ROLLED_BACK}, each
    world.log.close()


@pytest.mark.postgres
@pytest.mark.parametrize("fault", ["unknown_before", "unknown_after", "crash_after"])
def test_the_same_on_postgresql(postgres_schema: str, fault: str):
    world = World(postgres_schema)
    world.run(voucher(102))
    for step in (("correct", 102, 1, [fault], 1), ("correct", 102, 1, [], 1), ("run", 103, 0, [fault], 1)):
        one(world, step)
        keep_the_promise(world.log, world.ledger)
    converge(world)
    assert standing(world.log, world.ledger) == {"K1/102": 1, "K1/103": 1}
    assert world.balances() == {1920: 18_750, 2700: -3_750, 3000: -15_000} or world.balances()[1920] == 25_000
    world.log.close()


def copy_of(template: Path, folder: Path) -> str:
    for stale in folder.glob("copy.sqlite*"):
        stale.unlink()
    shutil.copy(template, folder / "copy.sqlite")
    return f"sqlite:///{folder / 'copy.sqlite'}"
