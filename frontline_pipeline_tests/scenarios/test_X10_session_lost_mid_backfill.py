"""X10: a session that is lost amid a backfill leaves its document planned, with its number; the next run goes on.

One new login per call is the session's own business (office/); here a login that is refused even then."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X10_the_others_go_on_and_the_one_is_sent_next_time(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = ["", "unauthorised", ""]
    outcomes = world.run(voucher(102), voucher(103), voucher(104))
    assert [each.state for each in outcomes] == [State.POSTED, Hold.REFUSED, State.POSTED]
    assert world.state("oslo/K1/Z103/r1") is State.PLANNED
    again = world.run(voucher(102), voucher(103), voucher(104))
    assert [(each.state, each.already) for each in again] == [
        (State.POSTED, True),
        (State.POSTED, False),
        (State.POSTED, True),
    ]
    assert again[1].transaction_no == 2
    assert sorted(world.in_ledger()) == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1", "oslo/K1/Z104/r1"]
