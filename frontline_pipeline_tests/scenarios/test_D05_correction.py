"""D05: a correction is a reversal equal and opposite line by line, linked both ways, then the new version; at every crash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import VoucherLine
from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import Crash, expire_leases, voucher
from frontline_pipeline_tests.posting.world import MortalDatabase, World, keep_the_promise, sqlite_url

R1, REV, R2 = "oslo/K1/Z102/r1", "oslo/K1/Z102/rev/r1", "oslo/K1/Z102/r2"


def rich(net: int = 10_000):
    """Every kind of thing that a line can carry."""
    made = voucher(net=net)
    first = replace(
        made.lines[0], account=1500, customer_id=10001, department_id=10, project_id=20, dimensions=((101, "nord"),)
    )
    return replace(made, lines=(first, *made.lines[1:]))


@pytest.mark.parametrize("language", ["nb", "en"])
def test_D05_equal_and_opposite_and_linked_both_ways(tmp_path: Path, language: str):
    world = World(sqlite_url(tmp_path))
    world.store = {"ledger": {"voucher_language": language}}
    world.run(rich())
    assert world.correct(rich(net=8_000))[0].result is Corrected.CORRECTED

    original, reversal, revision = world.ledger.vouchers
    assert [each.reference for each in world.ledger.vouchers] == [R1, REV, R2]
    opposite = [replace(line, amount=-line.amount, comment="") for line in original.lines]
    assert [replace(line, comment="") for line in reversal.lines] == opposite
    assert (reversal.date, reversal.type_no, reversal.year_id) == (original.date, original.type_no, original.year_id)
    words = {
        "nb": ("reverserer bilag 1 oslo/K1/Z102/r1, erstattes av r2", "erstatter bilag 1 r1, reversert i 2"),
        "en": ("reverses voucher 1 oslo/K1/Z102/r1, replaced by r2", "replaces voucher 1 r1, reversed by 2"),
    }[language]
    assert all(words[0] in line.comment for line in reversal.lines[1:])
    assert reversal.lines[0].comment.startswith(f"{REV} ")
    assert all(words[1] in line.comment for line in revision.lines)
    assert all(len(line.comment) <= 75 for each in world.ledger.vouchers for line in each.lines)
    assert world.state(R1) is State.REVERSED
    # And once more: each revision has a reversal of its own.
    assert world.correct(rich(net=7_000))[0].done
    assert world.in_ledger()[3:] == ["oslo/K1/Z102/rev/r2", "oslo/K1/Z102/r3"]
    assert {each.state for each in world.read_back()} == {State.VERIFIED}
    # Not even the order of what was posted was touched.
    assert world.ledger.vouchers[:3] == [original, reversal, revision]


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(
    "fault", ["unknown_before", "unknown_after", "not_sent", "rejected", "crash_before", "crash_after"]
)
def test_D05_a_fault_of_either_call_is_gone_on_with(tmp_path: Path, step: int, fault: str):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    world.ledger.faults = [""] * step + [fault]
    try:
        (done,) = world.correct(voucher(net=20_000))
        assert done.result is Corrected.HELD
    except Crash:
        expire_leases(world.log)
    keep_the_promise(world.log, world.ledger)
    world.ledger.faults = []
    (done,) = world.correct(voucher(net=20_000))
    assert done.done
    assert sorted(world.in_ledger()) == sorted([R1, REV, R2])
    assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
    assert {each.state for each in world.read_back()} == {State.VERIFIED}
    assert world.correct(voucher(net=20_000))[0].result is Corrected.UNCHANGED
    assert world.ledger.saves <= 5


def test_D05_an_ordinary_run_goes_on_after_the_reversal(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    world.ledger.faults = ["", "not_sent"]
    assert world.correct(voucher(net=20_000))[0].result is Corrected.HELD
    (outcome,) = world.run(voucher(net=20_000))
    assert (outcome.state, outcome.reference) == (State.POSTED, R2)
    assert "erstatter bilag 1" in world.ledger.vouchers[-1].lines[0].comment


@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_D05_a_crash_at_each_write_is_gone_on_with(tmp_path: Path, where: str):
    kill_at = 1
    while True:
        world = World(sqlite_url(tmp_path / str(kill_at)))
        world.run(voucher())
        mortal = MortalDatabase(world.log.database, kill_at, where)
        try:
            world.correct(voucher(net=20_000), log=PostingLog(mortal))
        except Crash:
            expire_leases(world.log)
        keep_the_promise(world.log, world.ledger)
        assert world.correct(voucher(net=20_000))[0].done, (kill_at, where)
        assert sorted(world.in_ledger()) == sorted([R1, REV, R2])
        assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
        world.log.close()
        if not mortal.dead:
            break
        kill_at += 1
    assert kill_at > 6


def test_D05_a_new_version_that_cannot_be_posted_leaves_the_old_one(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    made = voucher(net=20_000)
    unknown_account = replace(made, lines=(replace(made.lines[0], account=1777), *made.lines[1:]))
    (done,) = world.correct(unknown_account)
    assert done.result is Corrected.REFUSED
    assert "1777" in done.message
    unbalanced = replace(made, lines=(VoucherLine(1920, 1, 0, "x", role="tender"), *made.lines[1:]))
    assert world.correct(unbalanced)[0].result is Corrected.REFUSED
    assert world.ledger.saves == 1
    assert world.state(R1) is State.POSTED


def test_D05_what_was_never_posted_is_not_corrected(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    (done,) = world.correct(voucher())
    assert done.result is Corrected.REFUSED
    assert "run the store-day instead" in done.message
    assert world.ledger.saves == 0
