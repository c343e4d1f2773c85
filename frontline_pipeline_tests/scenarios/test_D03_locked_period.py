"""D03: a locked year holds the day with a clear message, or dates it on the next open day with its own date in the text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

OPEN = dt.date(2027, 1, 1)


def locked(tmp_path: Path, policy: str = "hold", **ledger: object) -> World:
    years = {"years": [2026, 2027], "locked": {2026}, **ledger}
    world = World(sqlite_url(tmp_path), FakeLedger(**years))
    world.store = {"locked_period": policy}
    return world


def test_D03_hold_names_the_lock_and_its_date(tmp_path: Path):
    world = locked(tmp_path)
    (outcome,) = world.run(voucher())
    assert outcome.state is Hold.REFUSED
    assert "fiscal year 2026 of the client is locked up to 2026-12-31, which holds 2026-11-23" in outcome.message
    assert "next_open_day" in outcome.message
    assert world.ledger.saves == 0


def test_D03_next_open_day_carries_the_original_date_in_its_text(tmp_path: Path):
    world = locked(tmp_path, "next_open_day")
    (outcome,) = world.run(voucher())
    assert outcome.state is State.POSTED
    assert "dated 2027-01-01" in outcome.message
    (saved,) = world.ledger.vouchers
    assert (saved.date, saved.year_id) == (OPEN, 2027)
    assert all("gjelder 2026-11-23" in line.comment for line in saved.lines)
    assert saved.lines[0].comment.startswith("oslo/K1/Z102/r1 ")
    assert any(
        "dated 2027-01-01, since the fiscal year of 2026-11-23 is locked" in line
        for line in world.history("oslo/K1/Z102/r1")
    )
    # It is still the same store-day: nothing is written twice, and the read-back looks where it is.
    assert world.run(voucher())[0].already
    assert world.read_back(DAY) == []
    assert [each.state for each in world.read_back(OPEN)] == [State.VERIFIED]
    assert world.log.state_of("oslo", DAY) is State.VERIFIED
    (changed,) = world.run(voucher(net=20_000))
    assert "date" not in changed.message.split("other content: ")[1].split("Nothing posted")[0]


def test_D03_a_lost_answer_is_found_where_it_was_dated(tmp_path: Path):
    world = locked(tmp_path, "next_open_day")
    world.ledger.faults = ["unknown_after"]
    world.run(voucher())
    assert world.run(voucher())[0].state is State.POSTED
    assert world.ledger.saves == 1


def test_D03_without_a_later_open_year_it_is_held(tmp_path: Path):
    world = locked(tmp_path, "next_open_day", years=[2026])
    (outcome,) = world.run(voucher())
    assert outcome.state is Hold.REFUSED
    assert "no later year is open" in outcome.message


@pytest.mark.parametrize("policy", ["hold", "next_open_day"])
def test_D03_a_correction_follows_the_same_policy(tmp_path: Path, policy: str):
    world = World(sqlite_url(tmp_path), FakeLedger(years=[2026, 2027]))
    world.run(voucher())
    world.store = {"locked_period": policy}
    world.ledger.locked.add(2026)
    # The cached years are old by now.
    world.posting = {"lookups_ttl_seconds": 0}
    (done,) = world.correct(voucher(net=20_000))
    if policy == "hold":
        assert done.result is Corrected.REFUSED
        assert "locked" in done.message
        assert world.ledger.saves == 1
        return
    assert done.result is Corrected.CORRECTED
    assert [each.date for each in world.ledger.vouchers] == [DAY, OPEN, OPEN]
    assert "gjelder 2026-11-23" in world.ledger.vouchers[1].lines[1].comment
    assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
    world.read_back(DAY)
    world.read_back(OPEN)
    assert world.log.state_of("oslo", DAY) is State.VERIFIED
