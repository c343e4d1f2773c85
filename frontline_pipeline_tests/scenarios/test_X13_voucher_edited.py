"""X13: a voucher that was edited in the ledger is reported as drift; posting it anew is refused until a person confirms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.rollback import RolledBack
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_X13_drift_is_told_and_nothing_is_posted_until_a_person_says_so(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    sent = world.ledger.vouchers[0]
    world.ledger.change(
        0, lines=(replace(sent.lines[0], amount=12_400), replace(sent.lines[1], amount=-2_400), sent.lines[2])
    )
    (found,) = world.read_back()
    assert found.state is State.DRIFTED
    assert {str(each) for each in found.differences} == {
        "account 1920 on 2026-11-23: sent 125.00, ledger has 124.00",
        "account 2700 on 2026-11-23: sent -25.00, ledger has -24.00",
    }
    assert world.run(voucher())[0].state is State.DRIFTED

    (refused,) = world.correct(voucher(net=20_000))
    assert refused.result is Corrected.REFUSED
    assert "sent 125.00, ledger has 124.00" in refused.message
    assert "frontline reverse" in refused.message
    assert world.roll_back()[0].result is RolledBack.REFUSED
    assert world.ledger.saves == 1

    # Confirmed: the person has reversed it there, the new revision is posted.
    world.ledger.delete(0)
    world.log.reverse("oslo/K1/Z102/r1", reason="wrong edit, reversed by hand", who="anna")
    (outcome,) = world.run(voucher(net=20_000))
    assert (outcome.state, outcome.reference) == (State.POSTED, "oslo/K1/Z102/r2")


def test_X13_an_edit_between_two_read_backs_is_found_before_a_correction(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher())
    world.read_back()
    world.ledger.change(0, transaction_no=77)
    (refused,) = world.correct(voucher(net=20_000))
    assert refused.result is Corrected.REFUSED
    assert "number: sent 1, ledger has 77" in refused.message
    assert world.ledger.saves == 1
