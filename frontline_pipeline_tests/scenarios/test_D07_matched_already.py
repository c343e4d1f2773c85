"""D07: a voucher that someone has matched - with a bank line, with a payment - is not changed by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.rollback import RolledBack
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def on_account(net: int = 10_000):
    made = voucher(net=net)
    return replace(made, lines=(replace(made.lines[0], account=1500, customer_id=10001), *made.lines[1:]))


def settled_by_the_bank(world: World) -> None:
    """The bank's settlement three days later, linked with the card line."""
    lines = (LedgerLine(1920, -12_500), LedgerLine(1900, 12_500))
    world.ledger.add(LedgerVoucher("", DAY + dt.timedelta(days=3), 2026, 6, 900, False, "", lines))
    world.ledger.links = {(1, 1): 4711, (900, 1): 4711}


def paid_by_the_customer(world: World) -> None:
    world.ledger.closed.add((1, 1))


def relinked(world: World) -> None:
    """A link that changed since the first read-back; what it is with is not in sight."""
    world.read_back()
    world.ledger.links = {(1, 1): 4711}


@pytest.mark.parametrize(
    ("match", "made", "words"),
    [
        (settled_by_the_bank, voucher, "linked with voucher 900"),
        (paid_by_the_customer, on_account, "customer line on account 1500 is closed"),
        (relinked, voucher, "no longer as the first read-back found them"),
    ],
)
def test_D07_a_matched_voucher_is_refused_and_says_what_to_do(tmp_path: Path, match, made, words: str):
    world = World(sqlite_url(tmp_path))
    world.run(made())
    match(world)
    (refused,) = world.correct(made(net=20_000))
    assert refused.result is Corrected.REFUSED
    assert words in refused.message
    assert "take the matching back in 24SevenOffice" in refused.message
    assert world.roll_back()[0].result is RolledBack.REFUSED
    assert world.ledger.saves == 1
    assert world.state("oslo/K1/Z102/r1") in (State.POSTED, State.VERIFIED)
    # The matching is taken back: then it may.
    world.ledger.links, world.ledger.closed = {}, set()
    assert world.correct(made(net=20_000))[0].result is Corrected.CORRECTED


def test_D07_links_of_its_own_and_open_customer_lines_are_no_matching(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.run(on_account())
    world.read_back()
    assert world.correct(on_account(net=20_000))[0].result is Corrected.CORRECTED
