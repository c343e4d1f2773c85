"""X18: of ten vouchers the seventh fails: six stay, the seventh is marked, the rest goes on where that is safe; a re-run does
only what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

TEN = [voucher(number) for number in range(101, 111)]


@pytest.mark.parametrize(
    ("fault", "seventh", "rest"),
    [
        ("rejected", State.REJECTED, [State.POSTED] * 3),
        ("not_sent", Hold.NOT_SENT, [State.POSTED] * 3),
        # No new number is taken while one is unknown.
        ("unknown_before", State.UNKNOWN, [Hold.WAITING] * 3),
        ("unknown_after", State.UNKNOWN, [Hold.WAITING] * 3),
    ],
)
def test_X18_the_rerun_does_only_the_rest(tmp_path: Path, fault: str, seventh, rest):
    world = World(sqlite_url(tmp_path))
    world.ledger.faults = [""] * 6 + [fault]
    outcomes = world.run(*TEN)
    assert [each.state for each in outcomes] == [State.POSTED] * 6 + [seventh, *rest]
    before = world.ledger.saves

    again = world.run(*TEN)

    assert [each.state for each in again] == [State.POSTED] * 10
    assert [each.already for each in again[:6]] == [True] * 6
    left = (0 if fault == "unknown_after" else 1) + rest.count(Hold.WAITING)
    assert world.ledger.saves - before == left
    assert sorted(world.in_ledger()) == sorted(f"oslo/K1/Z{number}/r1" for number in range(101, 111))
    assert {each.state for each in world.read_back()} == {State.VERIFIED}
