"""B12: a Z that changed after posting (a late void) is found by its hash, held with the difference, and corrected on request:
reversal and new revision on the original date."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.posting.comparison import difference
from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_B12_held_with_the_difference_then_corrected_on_the_original_date(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher(net=10_000))
    voided = voucher(net=8_000)

    (held,) = world.run(voided)
    assert held.state is Hold.CHANGED
    assert "account 3000 VAT code 3: -100.00 -> -80.00" in held.message
    assert "frontline correct --store oslo --day 2026-11-23" in held.message
    assert [str(each) for each in difference(world.log, "fjord", voided)] == [
        "account 1920: 125.00 -> 100.00",
        "account 2700: -25.00 -> -20.00",
        "account 3000 VAT code 3: -100.00 -> -80.00",
    ]
    assert world.ledger.saves == 1

    (done,) = world.correct(voided)
    assert (done.result, done.reference) == (Corrected.CORRECTED, "oslo/K1/Z102/r1")
    assert str(done.changes[0]) == "account 1920: 125.00 -> 100.00"
    assert world.in_ledger() == ["oslo/K1/Z102/r1", "oslo/K1/Z102/rev/r1", "oslo/K1/Z102/r2"]
    assert {each.date for each in world.ledger.vouchers} == {DAY}
    assert world.balances() == {1920: 10_000, 2700: -2_000, 3000: -8_000}
    assert {each.state for each in world.read_back()} == {State.VERIFIED}
    assert world.log.state_of("oslo", DAY) is State.VERIFIED
    assert any("late void" in line and line.endswith("(anna)") for line in world.history("oslo/K1/Z102/rev/r1"))
    # The new content is what is out now.
    assert world.run(voided)[0].already
    assert world.correct(voided)[0].result is Corrected.UNCHANGED
    assert world.ledger.saves == 3


def test_B12_nothing_is_left_of_a_day_whose_takings_are_gone(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    (done,) = world.correct(skipped=voucher().z_keys)
    assert done.result is Corrected.REVERSED
    assert world.balances() == {}
    assert world.correct(skipped=voucher().z_keys) == []
