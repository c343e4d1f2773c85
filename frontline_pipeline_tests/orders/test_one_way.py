"""Each receipt on account went exactly one way: judged by the posting log, whatever the settings say."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from pathlib import Path

import pytest

from frontline_pipeline.booking import book
from frontline_pipeline.continuity import arrived
from frontline_pipeline.one_way import journal_holds, one_way
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, order, order_profile
from frontline_pipeline_tests.orders.sales_kit import BY_ORDER, SALES, facts, journal, new_world, orders, way
from frontline_pipeline_tests.posting.fake_ledger import Crash, expire_leases
from frontline_pipeline_tests.strategies import DAY, Till, z_bundle


def test_by_order_it_is_in_the_order_alone(tmp_path: Path) -> None:
    mine = order_profile(SALES, BY_ORDER, mode="posted")
    world = new_world(tmp_path, mine)
    assert way(one_way(facts(mine), mine, world.log)) == (0, 0, 0, ["none"])
    orders(world, mine)
    assert way(one_way(facts(mine), mine, world.log)) == (0, 1, 0, [])
    # The settings turn round before the journal goes out: it leaves the receipt out all the same.
    turned = order_profile(SALES, mode="posted")
    vouchers = book(facts(turned).z_reports, turned, world.log).vouchers
    assert sum(line.credit for line in vouchers[0].lines) == 12_500
    assert way(one_way(facts(turned), turned, world.log)) == (0, 1, 0, [])


def test_a_journal_that_holds_the_receipt_keeps_it_out_of_orders(tmp_path: Path) -> None:
    before = order_profile(SALES)
    world = new_world(tmp_path, before)
    journal(world, before)
    assert way(one_way(facts(before), before, world.log)) == (1, 0, 0, [])
    now = order_profile(SALES, BY_ORDER)
    assert "is out with other content" in (journal_holds(facts(now), now, world.log) or "")
    assert orders(world, now) == ([], ["sales_complete"])
    assert world.orders.store == {}


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (
            "unknown_after",
            State.UNKNOWN,
            r"may be out \(it is unknown.*materialise posted_journals of 2026-11-23\|oslo",
        ),
        ("crash_after", State.SENDING, r"may be out \(it is sending"),
    ],
    ids=["unknown", "sending"],
)
def test_a_journal_that_may_be_out_keeps_its_receipts_out_of_orders(
    tmp_path: Path, fault: str, state: State, words: str
) -> None:
    """Made when the settings said journal, its answer lost: an order now, and the journal found later, were the revenue twice."""
    before, now = order_profile(SALES, mode="posted"), order_profile(SALES, BY_ORDER, mode="posted")
    world = new_world(tmp_path, before)
    world.ledger.faults = [fault]
    with contextlib.suppress(Crash):
        world.base().post(book(facts(before).z_reports, before, world.log).vouchers, before)
    expire_leases(world.log)
    assert world.log.state_of("oslo", DAY) is state
    assert re.search(words, journal_holds(facts(now), now, world.log) or "")
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert orders(world, now) == ([], ["sales_complete"])
    assert orders(world, now, named) == ([], ["sales_complete", "one_way"])
    assert world.orders.store == {}, "an order went out while a journal that may be out holds its receipt"
    assert way(one_way(facts(now), now, world.log)) == (0, 0, 1, []), "it waits for its journal"
    # What the journal says now has no part of the receipt: once it is known not to be there, the order goes.
    reference = world.log.unknowns()[0].reference
    world.log.skip(reference, reason="not there", who="test")
    assert "was skipped by a person" in (journal_holds(facts(now), now, world.log) or "")
    world.log.resume(reference, reason="made anew", who="test")
    assert "may yet arrive" in (journal_holds(facts(now), now, world.log) or "")


def test_an_order_beside_a_journal_that_may_be_out_is_told(tmp_path: Path) -> None:
    before, now = order_profile(SALES, mode="posted"), order_profile(SALES, BY_ORDER, mode="posted")
    world = new_world(tmp_path, before)
    orders(world, now)
    world.ledger.faults = ["unknown_after"]
    # A journal made before the order went out.
    world.base().post(book(facts(before).z_reports, before).vouchers, before)
    found = one_way(facts(now), now, world.log)
    assert way(found) == (0, 1, 0, ["order and journal"])
    assert "which is unknown: its revenue may be there twice" in found.findings[0].message


def test_a_day_that_its_chain_holds_makes_no_orders_either(tmp_path: Path) -> None:
    """hold_on_gap holds the journal of the day; its sales on account wait with it."""
    mine = order_profile(SALES, BY_ORDER, hold_on_gap=True)
    world = new_world(tmp_path, mine)
    day_before = Till("K1", "1", DAY - dt.timedelta(days=2)).ring(9_900)
    arrived(world.log, mine, z_bundle(day_before))
    gap = Till("K1", "3").ring(25_000, pay="ACCOUNT", customer="C1")
    assert orders(world, mine, till=gap) == ([], ["sales_complete"])
    assert way(one_way(facts(mine, world.log, gap), mine, world.log)) == (0, 0, 1, []), "it waits, it is not lost"
    arrived(world.log, mine, z_bundle(Till("K1", "2", DAY - dt.timedelta(days=1)).ring(9_900)))
    assert orders(world, mine, till=gap) == ([State.VERIFIED], [])


def test_a_delivered_order_that_names_a_receipt_of_the_journal_is_held(tmp_path: Path) -> None:
    mine = order_profile(SALES)
    world = new_world(tmp_path, mine)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert orders(world, mine, named, order("O2")) == ([State.VERIFIED], ["one_way"])


def test_a_delivered_order_is_held_when_the_journal_went_out_under_other_settings(tmp_path: Path) -> None:
    """The settings say by order now; the journal that is out still holds the receipt."""
    before, now = order_profile(SALES), order_profile(SALES, BY_ORDER)
    world = new_world(tmp_path, before)
    journal(world, before)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert orders(world, now, named, order("O2")) == ([State.VERIFIED], ["sales_complete", "one_way"])
    assert list(world.orders.totals()) == ["oslo/order/O2/r1"]


def test_a_delivered_order_takes_the_place_of_its_receipt(tmp_path: Path) -> None:
    mine = order_profile(SALES, BY_ORDER)
    world = new_world(tmp_path, mine)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert orders(world, mine, named) == ([State.VERIFIED], [])
    assert world.orders.totals() == {"oslo/order/O1/r1": 25_000}
    assert way(one_way(facts(mine), mine, world.log)) == (0, 1, 0, [])


def test_a_week_that_is_not_over_waits(tmp_path: Path) -> None:
    weekly = {**SALES, "from_sales": {**SALES["from_sales"], "every": "week"}}
    mine = order_profile(weekly, BY_ORDER)
    world = new_world(tmp_path, mine)
    assert orders(world, mine) == ([], [])
    assert way(one_way(facts(mine), mine, world.log)) == (0, 0, 1, [])
