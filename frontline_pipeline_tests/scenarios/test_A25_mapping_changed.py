"""A25: a mapping that changed between two runs leaves the posted day as it is, shows the difference, and posts anew only on
request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from frontline_pipeline.posting.comparison import Effect, compare
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_A25_the_posted_day_stays_until_someone_asks(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    before = world.ledger.vouchers
    made = voucher()
    remapped = replace(made, lines=(replace(made.lines[0], account=1900), *made.lines[1:]))

    for _ in range(2):
        (held,) = world.run(remapped)
        assert held.state is Hold.CHANGED
    compared = compare(world.log, "fjord", remapped)
    assert compared.effect is Effect.UPDATED
    assert [str(each) for each in compared.changes] == [
        "account 1900: no line -> 125.00",
        "account 1920: 125.00 -> no line",
    ]
    assert world.ledger.vouchers == before

    assert world.correct(remapped)[0].done
    assert world.balances() == {1900: 12_500, 2700: -2_500, 3000: -10_000}
    assert world.state("oslo/K1/Z102/r2") is State.POSTED
    # A reversal undoes what was posted, whatever the settings say by now.
    reversal = world.ledger.vouchers[1]
    assert [(line.account, line.amount) for line in reversal.lines] == [
        (line.account, -line.amount) for line in before[0].lines
    ]
