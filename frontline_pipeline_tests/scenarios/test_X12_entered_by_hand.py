"""X12: a store-day that a person entered in the ledger earlier is shown as a conflict and held, not doubled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.adopting import Adoption, adopt
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, profile, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

LINES = (LedgerLine(1920, 12_500, comment="Bank"), LedgerLine(3000, -12_500, "3", comment="Dagsoppgjør"))


def by_hand(world: World, **changes: object) -> None:
    made = LedgerVoucher("", DAY, 2026, 6, 900, False, "", LINES)
    world.ledger.add(replace(made, **changes))


def adopted(world: World) -> Adoption:
    expected = lambda _profile, day: [voucher(102)] if day == DAY else []  # noqa: E731
    return adopt(world.log, world.ledger, "fjord", [profile()], DAY, DAY, who="anna", expected=expected)


def test_X12_the_same_total_on_the_same_date_is_held(tmp_path: Path):
    world = World(sqlite_url(tmp_path), initialise=False)
    by_hand(world)
    done = adopted(world)
    (conflict,) = done.conflicts
    assert "number 900" in conflict.message
    (outcome,) = world.run(voucher(102))
    assert outcome.state is State.DISPUTED
    assert "looks like it" in outcome.message
    assert "frontline resolve oslo/K1/Z102/r1" in outcome.message
    assert world.ledger.saves == 0
    # It is that one: the store-day stays as a person has booked it.
    assert world.log.resolve("oslo/K1/Z102/r1", found=True, reason="voucher 900", who="anna").state is State.SKIPPED
    assert world.run(voucher(102))[0].state is State.SKIPPED
    assert world.ledger.saves == 0


def test_X12_it_was_something_else_and_the_day_is_posted(tmp_path: Path):
    world = World(sqlite_url(tmp_path), initialise=False)
    by_hand(world)
    adopted(world)
    world.log.resolve("oslo/K1/Z102/r1", found=False, reason="900 is the rent", who="anna")
    (outcome,) = world.run(voucher(102))
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 901)
    assert world.in_ledger() == ["", "oslo/K1/Z102/r1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"date": DAY.replace(day=22)},
        {"lines": (replace(LINES[0], amount=12_400), replace(LINES[1], amount=-12_400))},
        {"draft": True},
    ],
)
def test_X12_another_date_or_another_total_is_no_conflict(tmp_path: Path, changes):
    world = World(sqlite_url(tmp_path), initialise=False)
    by_hand(world, **changes)
    done = adopted(world)
    assert (done.conflicts, done.not_posted) == ((), (("oslo", DAY),))
    assert world.run(voucher(102))[0].state is State.POSTED


def test_X12_the_same_totals_on_every_account_under_other_sums_is_one(tmp_path: Path):
    world = World(sqlite_url(tmp_path), initialise=False)
    lines = [(1920, 20_000), (1920, -7_500), (2700, -2_500), (3000, -10_000)]
    by_hand(world, lines=tuple(LedgerLine(account, amount) for account, amount in lines))
    assert len(adopted(world).conflicts) == 1
