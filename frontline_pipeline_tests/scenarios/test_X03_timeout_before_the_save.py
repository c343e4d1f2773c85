"""X03: a time-out before the ledger got it is one voucher: looked for, settled, looked for again, sent under the same number."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X03_after_settling_it_is_sent_again_under_its_own_number(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_before"]
    (lost,) = world.run(voucher())
    assert (lost.state, lost.transaction_no) == (State.UNKNOWN, 1)
    world.later(20)
    world.ledger.reads.clear()

    (again,) = world.run(voucher())

    assert (again.state, again.already, again.transaction_no) == (State.POSTED, False, 1)
    assert "sent again" in again.message
    # It waited for what was left of the settle time, and looked before and after.
    assert world.time.now == pytest.approx(60)
    assert world.ledger.reads.count("transactions") == 4
    assert world.ledger.reads.count("next_transaction_no") == 0
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


def test_X03_long_after_it_does_not_wait(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.later(3600)
    assert world.run(voucher())[0].state is State.POSTED
    assert world.time.now == 3600


def test_X03_what_needs_longer_than_a_run_waits_is_held_as_settling(tmp_path: Path):
    world = World(sqlite_url(tmp_path), settle_seconds=600)
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    (held,) = world.run(voucher())
    assert (held.state, held.may_repeat) == (Hold.SETTLING, True)
    assert world.ledger.saves == 1
    world.later(601)
    assert world.run(voucher())[0].state is State.POSTED
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


def test_X03_changed_content_is_sent_as_it_was_and_then_held(tmp_path: Path):
    """The wrong clean-up: sending the new content at once. A late first request would then be another voucher."""
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    (outcome,) = world.run(voucher(net=20_000))
    assert outcome.state is Hold.CHANGED
    assert [line.amount for line in world.ledger.vouchers[0].lines] == [12_500, -2_500, -10_000]
    assert not world.ledger.land()
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
