"""X07: a delayed first request that lands after the probe is refused by its used number, or reported as duplicate; never hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X07_a_ledger_that_refuses_used_numbers_has_one_voucher(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.run(voucher())
    assert not world.ledger.land()
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
    assert world.sweep().disagreements == ()


def test_X07_a_ledger_that_takes_them_is_reported_by_the_sweep(tmp_path: Path):
    world = World(sqlite_url(tmp_path), FakeLedger(refuse_used_numbers=False))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.run(voucher())
    assert world.ledger.land()
    (found,) = world.sweep(months=3).disagreements
    assert found.state is State.DUPLICATED
    assert not judge(world.log.state_of("oslo", DAY)).passed
    # A person reverses one of the two in the ledger: the store-day heals.
    world.ledger.delete(1)
    assert world.sweep().disagreements == ()


def test_X07_between_probe_and_resend_the_number_collides_and_the_late_one_is_adopted(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.ledger.on_save = lambda sent: world.ledger.land() if world.ledger.in_flight else None
    (outcome,) = world.run(voucher())
    assert outcome.state is State.POSTED
    assert "adopted" in outcome.message
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


@pytest.mark.parametrize("how", ["skip", "reject", "reverse"])
def test_X07_one_that_was_given_up_shows_when_it_lands(tmp_path: Path, how: str):
    world = World(sqlite_url(tmp_path), FakeLedger(refuse_used_numbers=False))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    key = "oslo/K1/Z102/r1"
    if how == "skip":
        world.log.skip(key, reason="booked by hand", who="anna")
    elif how == "reject":
        world.ledger.faults = ["rejected"]
        world.run(voucher())
    else:
        world.run(voucher())
        assert world.correct(voucher(net=20_000))[0].done
    assert [each for each in world.sweep().disagreements if each.state is not State.POSTED] == []
    world.ledger.land()
    world.sweep()
    expected = {"skip": State.DISPUTED, "reject": State.POSTED, "reverse": State.DUPLICATED}[how]
    assert world.log.state_of("oslo", DAY) is expected
    if how == "reverse":
        (found,) = [each for each in world.sweep().disagreements if each.document.reference == key]
        assert found.document.state is State.REVERSED
        assert "more than once" in (found.document.problem or "")
        world.ledger.delete(len(world.ledger.vouchers) - 1)
        world.sweep()
        assert world.log.state_of("oslo", DAY) is State.VERIFIED
