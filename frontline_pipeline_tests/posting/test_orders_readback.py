"""Orders read back since a day: doubled, gone, changed, strange, and what a person does about each."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.posting.order_correcting import correct_order
from frontline_pipeline.posting.order_deciding import invoice_of
from frontline_pipeline.posting.order_port import OrderToSave
from frontline_pipeline.posting.order_readback import OrderReadBack, read_orders_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order
from frontline_pipeline_tests.posting.fake_orders import STORES, OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY

R1 = "oslo/order/O1/r1"


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(sqlite_url(tmp_path))


def read(world: OrderWorld, since: dt.date = DAY) -> OrderReadBack:
    return read_orders_back(world.log, world.orders, "nordlys", since, stores=STORES)


def sent(world: OrderWorld, reference: str = R1) -> OrderToSave:
    """What the order looked like on the wire."""
    return next(each.head for each in world.orders.store.values() if each.head.reference == reference)


def by_credit_note(world: OrderWorld, number: int) -> int:
    """A person credits an invoice in 24SevenOffice itself."""
    stored = world.orders.store[number]
    rows = tuple(replace(row, quantity=-row.quantity) for _, row in stored.rows)
    return world.orders.land(replace(stored.head, reference="", reference_order_id=number, rows=rows))


def test_what_agrees_costs_two_calls_and_writes_nothing(world: OrderWorld) -> None:
    world.run(*documents(order("O1"), order("O2", kind="web")))
    before = [world.log.history(each) for each in world.log.orders()]
    found = read(world)
    assert (found.calls, len(found.agreements), found.disagreements, found.strangers) == (2, 2, (), ())
    assert [world.log.history(each) for each in world.log.orders()] == before


@pytest.mark.parametrize("kind", ["base", "web"])
def test_a_late_first_request_is_found_beside_the_order_that_was_sent_again(world: OrderWorld, kind: str) -> None:
    mine = documents(order("O1", kind=kind))
    world.orders.faults = ["before"]
    world.run(*mine)
    assert world.run(*mine)[0].state is State.VERIFIED
    assert read(world).disagreements == ()
    first = next(iter(world.orders.store))
    second = world.orders.land(sent(world))
    (wrong,) = read(world).disagreements
    assert wrong.document.state is State.DUPLICATED
    assert f"orders {first}, {second}" in str(wrong.document.problem)
    # It is told again, and written once.
    history = world.log.history(wrong.document)
    assert len(read(world).disagreements) == 1
    assert world.log.history(wrong.document) == history
    # A person deletes the one that the log knew, or credits the invoice: the other is the order.
    if kind == "base":
        del world.orders.store[first]
    else:
        by_credit_note(world, first)
    assert read(world).disagreements == ()
    healed = world.log.by_reference("nordlys", R1)
    assert healed is not None
    assert (healed.state, healed.transaction_no, healed.problem) == (State.VERIFIED, second, None)


def test_a_late_first_request_beside_an_updated_order_is_found(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    late = sent(world)
    (updated,) = world.run(*documents(order("O1", Row(price=12_000))))
    assert updated.state is State.VERIFIED
    assert read(world).disagreements == ()
    number = world.orders.land(late)
    (wrong,) = read(world).disagreements
    assert (wrong.document.reference, wrong.document.state) == (R1, State.REVERSED)
    assert f"order {number}" in str(wrong.document.problem)
    del world.orders.store[number]
    assert read(world).disagreements == ()
    assert world.state("oslo/order/O1/r2") is State.VERIFIED


def test_one_that_a_person_called_absent_is_adopted_when_it_is_there(world: OrderWorld) -> None:
    mine = documents(order("O1"))
    world.orders.faults = ["after"]
    world.run(*mine)
    world.log.resolve(R1, found=False, reason="not seen", who="anna")
    assert read(world).disagreements == ()
    assert world.state(R1) is State.POSTED
    (again,) = world.run(*mine)
    assert again.already
    assert world.orders.references == [R1]


def test_one_that_was_skipped_and_is_there_is_disputed(world: OrderWorld) -> None:
    under_way: list[OrderToSave] = []
    world.orders.spoils = lambda each: under_way.append(each) or False
    world.orders.faults = ["before"]
    world.run(*documents(order("O1")))
    world.log.skip(R1, reason="billed by hand", who="anna")
    world.orders.land(under_way[0])
    (wrong,) = read(world).disagreements
    assert wrong.document.state is State.DISPUTED


@pytest.mark.parametrize(("kind", "state"), [("base", State.DRIFTED), ("customer", State.DRIFTED)])
def test_one_that_was_edited_there_is_drifted_until_it_is_put_right(world: OrderWorld, kind: str, state: State) -> None:
    world.run(*documents(order("O1", kind=kind)))
    (stored,) = world.orders.store.values()
    rows = list(stored.rows)
    stored.rows = [(number, replace(row, price=row.price + 100)) for number, row in rows]
    (wrong,) = read(world).disagreements
    assert wrong.document.state is state
    assert "row 1 price: sent 100.00, ledger has 101.00" in str(wrong.document.problem)
    stored.rows = rows
    assert read(world).disagreements == ()


def test_one_whose_reference_was_edited_is_drifted_and_not_missing(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    (stored,) = world.orders.store.values()
    stored.head = replace(stored.head, reference="PO 4711")
    (wrong,) = read(world).disagreements
    assert wrong.document.state is State.DRIFTED
    assert "reference" in str(wrong.document.problem)


def test_one_that_was_deleted_there_is_missing(world: OrderWorld) -> None:
    world.run(*documents(order("O1"), order("O2")))
    number = next(each.order_id for each in world.orders.store.values() if each.head.reference == R1)
    del world.orders.store[number]
    (wrong,) = read(world).disagreements
    assert (wrong.document.reference, wrong.document.state) == (R1, State.MISSING)


def test_the_invoice_that_a_person_made_of_an_order_is_known_to_its_credit_note(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    (stored,) = world.orders.store.values()
    stored.invoice_id = 77
    assert read(world).disagreements == ()
    (found,) = world.log.orders()
    assert (found.state, invoice_of(found)) == (State.VERIFIED, 77), "a refund would refer to no invoice"
    history = world.log.history(found)
    read(world)
    assert world.log.history(found) == history


def test_one_that_the_log_does_not_know_is_strange(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    number = world.orders.land(replace(sent(world), reference="oslo/order/O9/r1"))
    world.orders.land(replace(sent(world), reference="webshop/order/1/r1"))
    world.orders.land(replace(sent(world), reference="PO 4711"))
    found = read(world)
    assert [(each.reference, each.order_id) for each in found.strangers] == [("oslo/order/O9/r1", number)]
    assert found.disagreements == ()


def test_one_of_an_earlier_day_that_lands_now_is_found(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    world.orders.land(sent(world))
    (wrong,) = read(world, DAY + dt.timedelta(days=40)).disagreements
    assert wrong.document.state is State.DUPLICATED


def test_an_update_whose_outcome_is_unknown_is_left_to_its_run(world: OrderWorld) -> None:
    world.run(*documents(order("O1")))
    changed = documents(order("O1", Row(price=12_000)))
    world.orders.faults = ["after"]
    world.run(*changed)
    assert read(world).agreements == ()
    assert world.run(*changed)[0].state is State.VERIFIED
    assert read(world).disagreements == ()


def test_a_corrected_invoice_and_its_credit_note_are_as_they_should_be(world: OrderWorld) -> None:
    world.run(*documents(order("O1", kind="web")))
    (changed,) = documents(order("O1", Row(price=12_000), kind="web"))
    base = world.base()
    done = correct_order(base, world.poster(), changed, world.mine, reason="price", who="anna", today=DAY)
    assert all(each.done for each in done), done
    assert read(world).disagreements == ()
    # Credited, and a late request of the first invoice lands: it stands alone.
    first = sent(world)
    number = world.orders.land(first)
    (wrong,) = read(world).disagreements
    assert (wrong.document.reference, wrong.document.state) == (R1, State.REVERSED)
    by_credit_note(world, number)
    assert read(world).disagreements == ()
