"""X14: a voucher that was deleted in the ledger is reported as missing, and not silently recreated."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X14_it_is_sent_again_only_on_a_persons_word(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    world.ledger.delete(0)
    assert [each.state for each in world.read_back()] == [State.MISSING]
    assert not judge(world.log.state_of("oslo", DAY)).passed
    for _ in range(3):
        (outcome,) = world.run(voucher())
        assert (outcome.state, outcome.already) == (State.MISSING, True)
    assert world.correct(voucher(net=20_000))[0].result is Corrected.REFUSED
    assert world.ledger.saves == 1

    world.log.retry("oslo/K1/Z102/r1", reason="deleted by mistake", who="anna")
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.already, outcome.transaction_no) == (State.POSTED, False, 1)
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
