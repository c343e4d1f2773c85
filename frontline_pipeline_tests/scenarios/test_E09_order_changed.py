"""E09: an order that changed after transfer: a draft or sales order is updated row by row; an invoice is credited and made anew, on
request only."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting.order_correcting import correct_order
from frontline_pipeline.posting.order_readback import read_orders_back
from frontline_pipeline.posting.order_sending import OrderSender
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(sqlite_url(tmp_path))


def _before(kind: str) -> tuple[OrderDocument, ...]:
    return documents(order("O1", Row("A1"), Row("A2", 4_000, rate=15_000), "To the back door", kind=kind))


def _after(kind: str) -> tuple[OrderDocument, ...]:
    """One row gone, one with another quantity, one new."""
    changed = order("O1", Row("A2", 4_000, 5000, rate=15_000), "To the front door", Row("A1", 9_900), kind=kind)
    for number, line in zip(("2", "3", "4"), changed["_lines"], strict=True):
        line["line_id"] = number
    return documents(changed)


@pytest.mark.parametrize("kind", ["base", "customer"])
def test_E09_a_draft_or_sales_order_is_updated_row_by_row(world: OrderWorld, kind: str) -> None:
    world.run(*_before(kind))
    ((number, before),) = world.orders.store.items()
    rows = {row.product_id: row_id for row_id, row in before.rows}
    (outcome,) = world.run(*_after(kind))
    assert outcome.state is State.VERIFIED
    assert outcome.transaction_no == number
    assert list(world.orders.store) == [number]
    kept = {row.product_id: row_id for row_id, row in world.orders.store[number].rows}
    assert kept[502] == rows[502]
    assert kept[501] != rows[501]
    assert world.orders.totals() == {"oslo/order/O1/r2": 35_375}
    assert world.state("oslo/order/O1/r1") is State.REVERSED
    assert world.run(*_after(kind))[0].already


@pytest.mark.parametrize("fault", ["before", "after", "crash_before", "crash_after"])
def test_E09_an_update_whose_answer_is_lost_is_made_once(world: OrderWorld, fault: str) -> None:
    world.run(*_before("base"))
    if fault.startswith("crash"):
        world.crash(*_after("base"), fault=fault)
    else:
        world.orders.faults = [fault]
        world.run(*_after("base"))
    assert world.run(*_after("base"))[0].state is State.VERIFIED
    assert world.orders.totals() == {"oslo/order/O1/r2": 35_375}


def test_E09_a_changed_invoice_is_held_until_a_person_asks(world: OrderWorld) -> None:
    world.run(*_before("web"))
    (held,) = world.run(*_after("web"))
    assert held.state is Hold.CHANGED
    assert "--order O1 --reason" in held.message
    assert world.orders.totals() == {"oslo/order/O1/r1": 17_100}

    done = _correct(world, *_after("web"))
    assert [o.state for o in done] == [State.VERIFIED] * 2
    assert world.orders.totals() == {
        "oslo/order/O1/r1": 17_100,
        "oslo/order/O1/credit/r1": -17_100,
        "oslo/order/O1/r2": 35_375,
    }
    invoice, credit, _ = world.orders.store.values()
    assert (credit.head.reference_order_id, credit.head.reference_invoice_id) == (invoice.order_id, invoice.invoice_id)
    assert world.state("oslo/order/O1/r1") is State.REVERSED
    assert _correct(world, *_after("web"))[0].already
    assert len(world.orders.store) == 3


@pytest.mark.parametrize("fault", ["before", "after"])
def test_E09_a_correction_is_taken_up_again_where_it_broke_off(world: OrderWorld, fault: str) -> None:
    world.run(*_before("web"))
    world.orders.faults = [fault]
    assert _correct(world, *_after("web"))[-1].state is State.UNKNOWN
    _correct(world, *_after("web"))
    assert sorted(world.orders.totals().values()) == [-17_100, 17_100, 35_375]


@pytest.mark.parametrize("broken", [State.MISSING, State.DRIFTED])
def test_E09_an_invoice_that_is_gone_or_edited_is_not_credited(world: OrderWorld, broken: State) -> None:
    """Its credit note would take back what is not there."""
    world.orders.faults = ["no_number"]
    world.run(*_before("web"))
    (found,) = world.orders.store.values()
    world.log.resolve("oslo/order/O1/r1", found=True, reason="looked", who="anna")
    edited, found.rows = found.rows, found.rows[:1]
    world.run(*_before("web"))
    assert world.state("oslo/order/O1/r1") is State.DRIFTED
    if broken is State.MISSING:
        found.rows = edited
        world.orders.store.clear()
        with world.poster()._poster.desk() as desk:
            OrderSender(desk, lambda: world.orders).read_back(world.log.orders())
    assert world.state("oslo/order/O1/r1") is broken
    saves = world.orders.saves
    (held,) = _correct(world, *_after("web"))
    assert held.state is Hold.CHANGED
    assert f"{broken} there" in held.message
    assert world.orders.saves == saves


def test_E09_a_draft_that_a_person_edited_there_is_not_overwritten(world: OrderWorld) -> None:
    world.run(*_before("base"))
    (found,) = world.orders.store.values()
    found.rows = found.rows[:-1]
    (held,) = world.run(*_after("base"))
    assert held.state is Hold.CHANGED
    assert "was edited in 24SevenOffice meanwhile" in held.message
    assert world.orders.saves == 1


def test_E09_a_draft_that_was_invoiced_there_is_credited_there_and_then_sent_anew(world: OrderWorld) -> None:
    world.run(*_before("base"))
    (found,) = world.orders.store.values()
    found.invoice_id = 7
    (held,) = world.run(*_after("base"))
    assert "was invoiced in 24SevenOffice meanwhile" in held.message
    assert "frontline correct" not in held.message, (
        "it corrects invoices of the pipeline only, and would answer the same"
    )
    assert "`frontline reverse oslo/order/O1/r1" in held.message
    world.log.reverse("oslo/order/O1/r1", reason="credited there", who="anna")
    assert [(o.state, o.revision) for o in world.run(*_after("base"))] == [(State.VERIFIED, 2)]


def test_E09_a_draft_that_was_deleted_there_is_called_deleted_and_is_red_when_it_comes_back(world: OrderWorld) -> None:
    """With `reverse` the log would count on it standing there, credited; an order that a person deleted must not be there."""
    world.run(*_before("base"))
    kept = dict(world.orders.store)
    world.orders.store.clear()
    (held,) = world.run(*_after("base"))
    assert held.state is Hold.CHANGED
    assert "`frontline deleted oslo/order/O1/r1" in held.message, held.message
    world.log.deleted("oslo/order/O1/r1", reason="deleted there", who="anna")
    assert [(o.state, o.revision) for o in world.run(*_after("base"))] == [(State.VERIFIED, 2)]
    world.orders.store |= kept
    read_orders_back(world.log, world.orders, "nordlys", DAY.replace(day=1), stores=["oslo"], who="sweep")
    told = {each.reference: each.problem_kind for each in world.log.orders()}
    assert told["oslo/order/O1/r1"] is not None, told


def _correct(world: OrderWorld, found: OrderDocument) -> list[Outcome]:
    base = world.base()
    return correct_order(base, world.poster(), found, world.mine, reason="wrong quantity", who="anna", today=DAY)
