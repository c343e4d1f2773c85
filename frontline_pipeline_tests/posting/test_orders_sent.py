"""Orders sent exactly once: by example, against an Invoice service in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order, order_profile
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(sqlite_url(tmp_path))


def test_orders_go_in_one_call_are_read_back_and_never_again(world: OrderWorld) -> None:
    mine = documents(order("O1"), order("O2", Row("A2", rate=15_000), kind="customer"), order("O3", kind="web"))
    first = world.run(*mine)
    assert [o.state for o in first] == [State.VERIFIED] * 3
    assert (world.orders.saves, world.orders.reads) == (1, 1)
    assert [each.head.status for each in world.orders.store.values()] == ["Draft", "ForInvoicing", "Invoiced"]
    again = world.run(*mine)
    assert [o.already for o in again] == [True] * 3
    assert (world.orders.saves, world.orders.reads) == (1, 1)


@pytest.mark.parametrize("fault", ["before", "after", "no_number", "not_sent"])
def test_a_lost_answer_is_looked_for_and_leaves_one_order(world: OrderWorld, fault: str) -> None:
    mine = documents(order("O1"), order("O2"))
    world.orders.faults = [fault]
    first = world.run(*mine)
    assert not any(o.done for o in first)
    second = world.run(*mine)
    assert [o.state for o in second] == [State.VERIFIED] * 2, second
    assert sorted(world.orders.references) == ["oslo/order/O1/r1", "oslo/order/O2/r1"]


@pytest.mark.parametrize("fault", ["crash_before", "crash_after"])
def test_a_crash_in_the_call_leaves_one_order(world: OrderWorld, fault: str) -> None:
    mine = documents(order("O1"))
    world.crash(*mine, fault=fault)
    assert world.state("oslo/order/O1/r1") is State.SENDING
    assert world.run(*mine)[0].state is State.VERIFIED
    assert world.orders.references == ["oslo/order/O1/r1"]


def test_before_it_settles_nothing_is_sent_again(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path), settle_seconds=60)
    mine = documents(order("O1"))
    world.orders.faults = ["before"]
    world.run(*mine)
    assert world.run(*mine)[0].state is Hold.SETTLING
    world.time.now += 61
    assert world.run(*mine)[0].state is State.VERIFIED


def test_one_refused_order_holds_itself_alone(world: OrderWorld) -> None:
    mine = documents(order("O1"), order("O2"), order("O3"))
    world.orders.refuse = lambda each: "product is expired" if "O2" in each.reference else None
    assert [o.state for o in world.run(*mine)] == [State.VERIFIED, State.REJECTED, State.VERIFIED]
    world.orders.refuse = lambda _: None
    assert [o.state for o in world.run(*mine)] == [State.VERIFIED] * 3


def test_an_order_that_spoils_its_request_holds_itself_alone(world: OrderWorld) -> None:
    mine = documents(order("O1"), order("O2"), order("O3"))
    world.orders.spoils = lambda each: "O2" in each.reference
    assert [o.state for o in world.run(*mine)] == [State.VERIFIED, State.REJECTED, State.VERIFIED]
    assert sorted(world.orders.references) == ["oslo/order/O1/r1", "oslo/order/O3/r1"]


def test_totals_that_are_computed_otherwise_are_reported(world: OrderWorld) -> None:
    mine = documents(order("O1"))
    from frontline_pipeline_tests.posting import fake_orders

    fake_orders.RATES[501] = 15_000
    try:
        (found,) = world.run(*mine)
    finally:
        fake_orders.RATES[501] = 25_000
    assert found.state is State.DRIFTED
    assert "total incl. VAT: sent 125.00, ledger has 115.00" in found.message


def test_nothing_personal_stands_in_the_log_or_in_words(world: OrderWorld) -> None:
    mine = documents(order("O1", "call Kari", Row(), reference="Kari Nordmann", delivery_street="Storgata 1"))
    outcomes = world.run(*mine)
    told = " ".join(o.message for o in outcomes) + " ".join(d.payload for d in world.log.orders())
    assert "Kari" not in told
    assert "Storgata" not in told
    assert next(iter(world.orders.store.values())).head.your_reference == "Kari Nordmann"


def test_an_external_status_is_of_the_range_and_the_same_each_time(tmp_path: Path) -> None:
    mine = order_profile({"external_status": [100_000, 199_999]})
    (found,) = documents(order("O1"), mine=mine)
    assert found.external_status is not None
    assert 100_000 <= found.external_status <= 199_999
    assert documents(order("O1"), mine=mine)[0].external_status == found.external_status


def test_a_person_says_that_an_unknown_order_is_not_there(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path), resend="hold")
    mine = documents(order("O1"))
    world.orders.faults = ["before"]
    world.run(*mine)
    (held,) = world.run(*mine)
    assert held.state is State.UNKNOWN
    assert "frontline resolve oslo/order/O1/r1 --found` or `--absent" in held.message
    world.log.resolve("oslo/order/O1/r1", found=False, reason="looked", who="anna")
    assert world.run(*mine)[0].state is State.VERIFIED
    assert world.orders.references == ["oslo/order/O1/r1"]


def test_what_a_person_wrongly_called_absent_is_not_sent_again_unlooked_for(tmp_path: Path) -> None:
    """The look before the second sending fails: then nothing is sent, or the order would be there twice."""
    world = OrderWorld(sqlite_url(tmp_path), settle_seconds=3600)
    mine = documents(order("O1"))
    world.orders.faults = ["after"]
    world.run(*mine)
    world.log.resolve("oslo/order/O1/r1", found=False, reason="looked in the wrong place", who="anna")
    world.orders.read_faults = [True]
    (held,) = world.run(*mine)
    assert held.state is Hold.NOT_SENT
    assert "could not be looked for" in held.message
    assert world.run(*mine)[0].done
    assert world.orders.references == ["oslo/order/O1/r1"]


def test_a_person_says_that_an_unknown_order_is_there(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path), settle_seconds=3600)
    mine = documents(order("O1"))
    world.orders.faults = ["after"]
    world.run(*mine)
    world.log.resolve("oslo/order/O1/r1", found=True, reason="looked", who="anna")
    (found,) = world.run(*mine)
    assert found.state is State.VERIFIED
    assert found.transaction_no == next(iter(world.orders.store))
    assert world.orders.saves == 1


def test_an_order_that_is_skipped_is_not_sent_until_that_is_taken_back(world: OrderWorld) -> None:
    mine = documents(order("O1"))
    world.orders.refuse = lambda _: "no"
    world.run(*mine)
    world.log.skip("oslo/order/O1/r1", reason="billed by hand", who="anna")
    world.orders.refuse = lambda _: None
    assert world.run(*mine)[0].state is State.SKIPPED
    world.log.resume("oslo/order/O1/r1", reason="not billed", who="anna")
    assert world.run(*mine)[0].state is State.VERIFIED


def test_a_receipt_is_in_one_order_only(tmp_path: Path) -> None:
    mine = order_profile(tenders={"ACCOUNT": {"account": 1500, "way": "order"}})
    world = OrderWorld(sqlite_url(tmp_path), mine)
    named = {"register": "K1", "receipt_id": "7"}
    first, second = (order(name, **named) for name in ("O1", "O2"))
    (one,) = documents(first, mine=mine)
    (two,) = documents(second, mine=mine)
    assert world.run(one)[0].state is State.VERIFIED
    (held,) = world.run(two)
    assert held.state is Hold.CONFLICT
    assert world.log.receipts_in_orders("nordlys", [("K1", "7"), ("K1", "8")]) == {("K1", "7")}
    # Changed, the order keeps its receipt.
    (changed,) = documents(order("O1", Row(quantity=2000), **named), mine=mine)
    assert world.run(changed)[0].state is State.VERIFIED
    assert world.run(two)[0].state is Hold.CONFLICT
