"""D02: with a draft out, a switch of the mode to posted makes no second voucher."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_D02_the_draft_stays_the_only_voucher(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher(mode=Mode.DRAFT))
    (outcome,) = world.run(voucher(mode=Mode.POSTED))
    assert (outcome.state, outcome.already) == (State.DRAFTED, True)
    assert "stays a draft" in outcome.message
    assert world.ledger.saves == 1
    # A person posts it: the read-back sees it, under whatever number.
    world.ledger.change(0, draft=False, transaction_no=77)
    assert [each.state for each in world.read_back()] == [State.VERIFIED]
    assert world.run(voucher(mode=Mode.POSTED))[0].already
    assert world.ledger.saves == 1


def test_D02_a_changed_draft_is_for_a_person_who_deletes_it(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(voucher(mode=Mode.DRAFT))
    (refused,) = world.correct(voucher(net=20_000))
    assert refused.result is Corrected.REFUSED
    assert "delete the draft in 24SevenOffice" in refused.message
    assert "frontline resolve oslo/K1/Z102/r1 --absent" in refused.message
    assert world.ledger.saves == 1

    world.ledger.delete(0)
    world.log.resolve("oslo/K1/Z102/r1", found=False, reason="deleted", who="anna")
    (outcome,) = world.run(voucher(net=20_000))
    assert (outcome.state, outcome.reference) == (State.POSTED, "oslo/K1/Z102/r2")
    assert world.in_ledger() == ["oslo/K1/Z102/r2"]
