"""Orders from sales beside other orders, and after their receipts changed: by example, with the posting log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.assets.orders import documents_metadata, order_of
from frontline_pipeline.ordering import Ordered, ask_for_correction, order_documents_of
from frontline_pipeline.orders.from_frames import documents_from
from frontline_pipeline.orders.model import OrderDocument, Withdrawn
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.posting.order_correcting import correct_order
from frontline_pipeline.posting.order_sending import OrderSender
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline.sales_orders import since
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.storage import BundleStore
from frontline_pipeline_tests.orders.order_kit import Row, documents, order, order_profile, raw_bundle
from frontline_pipeline_tests.orders.sales_kit import BY_ORDER, SALES, facts, keys, made, new_world, sent
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.strategies import DAY, Till

SUNDAY = DAY + dt.timedelta(days=6)
BY_C1, BY_C2 = "sales/C1/2026-W48", "sales/C2/2026-W48"


def _profile(every: str = "week", form: str = "order") -> StoreProfile:
    kinds = {**SALES["kinds"], "sale": {"form": form, "prices": "incl_vat"}}
    sales = {**SALES["from_sales"], "every": every}
    # Days that need no proof keep the tests fast.
    closed = {"closed_weekdays": ["tuesday", "wednesday", "thursday", "friday", "saturday"]}
    return order_profile({"kinds": kinds, "from_sales": sales}, BY_ORDER, calendar=closed)


def _monday(*sales: tuple[int, str], card: int = 9_900) -> Till:
    till = Till("K1", "1").ring(card, pay="CARD")
    for gross, customer in sales:
        till.ring(gross, pay="ACCOUNT", customer=customer)
    return till


def _week(monday: Till) -> dict[dt.date, Till]:
    """Monday's sales, and a Sunday that took a card."""
    return {DAY: monday, SUNDAY: Till("K1", "2", SUNDAY).ring(9_900)}


def _on(world: OrderWorld, mine: StoreProfile, day: dt.date, week: dict[dt.date, Till], *more: Any) -> Ordered:
    return made(world, mine, *more, till=week[day], others=week)


def _rules(found: Ordered) -> dict[str, str]:
    return {hold.order_id: hold.rule for hold in found.holds}


def _naming(order_id: str, receipt: str, mine: StoreProfile) -> tuple[OrderDocument, ...]:
    return documents(order(order_id, Row(price=20_000), register="K1", receipt_id=receipt), mine=mine)


def test_a_receipt_that_another_order_holds_is_left_to_it_and_told(tmp_path: Path) -> None:
    """A delivered order of Monday took its receipt's place; the week's order has the rest, and is no conflict as a whole."""
    mine = _profile()
    world = new_world(tmp_path, mine)
    assert world.run(*_naming("O1", "1-2", mine))[0].state is State.VERIFIED
    week = _week(_monday((25_000, "C1"), (12_500, "C1")))
    found = _on(world, mine, SUNDAY, week)
    assert _rules(found) == {}
    assert [(each.receipt_id, each.order) for each in found.left_out] == [("1-2", "oslo/order/O1/r1")]
    assert documents_metadata(found.bundle, found.holds, found.left_out)["left_out"].value == 1
    assert [o.state for o in sent(world, mine, found)] == [State.VERIFIED]
    assert world.orders.totals() == {"oslo/order/O1/r1": 25_000, f"oslo/{BY_C1}/r1": 12_500}
    # Its own receipts are not left out when it is made again.
    again = _on(world, mine, SUNDAY, week)
    assert [o.already for o in sent(world, mine, again)] == [True]


def test_an_order_waits_while_another_that_is_not_known_may_hold_its_receipt(tmp_path: Path) -> None:
    mine = _profile()
    world = new_world(tmp_path, mine)
    delivered = _naming("O1", "1-2", mine)
    world.orders.faults = ["before"]
    assert world.run(*delivered)[0].state is State.UNKNOWN
    week = _week(_monday((25_000, "C1"), (12_500, "C1"), (5_000, "C2")))
    found = _on(world, mine, SUNDAY, week)
    assert _rules(found) == {BY_C1: "sales_elsewhere"}
    assert "is in order oslo/order/O1/r1, which is unknown" in found.holds[0].message
    assert found.left_out == ()
    sent(world, mine, found)
    assert f"oslo/{BY_C1}/r1" not in world.orders.references, "it went while its receipt may be in another order"
    assert f"oslo/{BY_C2}/r1" in world.orders.references, "another customer's order waited too"


def test_a_receipt_that_is_withdrawn_is_told_on_its_day_and_on_the_last_day(tmp_path: Path) -> None:
    """Both receipts were invoiced; then Frontline delivers Monday without the second, and later without any."""
    mine = _profile(form="invoice")
    world = new_world(tmp_path, mine)
    both = _week(_monday((25_000, "C1"), (12_500, "C1"), (5_000, "C2")))
    assert [o.state for o in sent(world, mine, _on(world, mine, SUNDAY, both))] == [State.VERIFIED] * 2
    assert _rules(_on(world, mine, DAY, both)) == {}
    one = _week(_monday((25_000, "C1"), card=22_400))
    found = _on(world, mine, DAY, one)
    assert _rules(found) == {BY_C1: "sales_changed", BY_C2: "sales_changed"}
    assert "receipt K1/1-3 is not on this customer's account any more" in found.holds[0].message
    assert "total incl. VAT: 375.00 -> 250.00" in found.holds[0].message
    assert "posted_orders of 2026-11-29|oslo" in found.holds[0].next_step
    # The last day compares C1's invoice when it sends; of C2 nothing is left to be sent.
    found = _on(world, mine, SUNDAY, one)
    assert _rules(found) == {BY_C2: "sales_withdrawn"}
    assert "frontline correct --store oslo --day 2026-11-29 --order sales/C2/2026-W48" in found.holds[0].next_step
    assert [o.state for o in sent(world, mine, found)] == [Hold.CHANGED]


@pytest.mark.parametrize("fault", ["", "after"])
def test_a_withdrawn_invoice_gets_a_credit_note_on_a_persons_word_and_nothing_new(tmp_path: Path, fault: str) -> None:
    mine = _profile("day", form="invoice")
    world = new_world(tmp_path, mine)
    sent(world, mine, _on(world, mine, DAY, _week(_monday((25_000, "C1")))))
    nothing = _week(_monday(card=34_900))
    found = _on(world, mine, DAY, nothing)
    BundleStore(str(tmp_path / "storage")).write("order_documents", found.bundle)
    gone = order_of(str(tmp_path / "storage"), mine, DAY, "sales/C1/2026-11-23")
    assert gone == Withdrawn("oslo/sales/C1/2026-11-23", "sales/C1/2026-11-23")
    assert isinstance(gone, Withdrawn)
    assert "invoice 1001 gets a credit note" in ask_for_correction(world.log, mine, gone)
    world.orders.faults = [fault]
    for _ in range(2):
        done = correct_order(world.base(), world.poster(), gone, mine, reason="withdrawn", who="anna", today=DAY)
    assert [o.done for o in done] == [True], done
    assert list(world.orders.totals().values()) == [25_000, -25_000], (
        "the invoice is credited once, nothing new is sent"
    )
    assert _rules(_on(world, mine, DAY, nothing)) == {}
    assert "nothing of it is out" in ask_for_correction(world.log, mine, gone)


def test_an_amount_that_changed_on_a_day_of_the_week_is_told_until_the_order_is_updated(tmp_path: Path) -> None:
    mine = _profile()
    world = new_world(tmp_path, mine)
    sent(world, mine, _on(world, mine, SUNDAY, _week(_monday((25_000, "C1")))))
    less = _week(_monday((20_000, "C1")))
    assert _rules(_on(world, mine, DAY, less)) == {BY_C1: "sales_changed"}
    assert [o.state for o in sent(world, mine, _on(world, mine, SUNDAY, less))] == [State.VERIFIED]
    assert _rules(_on(world, mine, DAY, less)) == {}
    assert world.orders.totals() == {f"oslo/{BY_C1}/r2": 20_000}


def test_of_a_sales_order_that_is_no_invoice_a_person_deletes_what_is_left_over(tmp_path: Path) -> None:
    mine = _profile("day")
    world = new_world(tmp_path, mine)
    sent(world, mine, _on(world, mine, DAY, _week(_monday((25_000, "C1")))))
    found = _on(world, mine, DAY, _week(_monday(card=34_900)))
    assert _rules(found) == {"sales/C1/2026-11-23": "sales_withdrawn"}
    assert "`frontline deleted oslo/sales/C1/2026-11-23/r1" in found.holds[0].next_step
    world.orders.store.clear()
    world.log.deleted("oslo/sales/C1/2026-11-23/r1", reason="withdrawn", who="test")
    assert _rules(_on(world, mine, DAY, _week(_monday(card=34_900)))) == {}


def test_a_receipt_that_moved_to_another_customer_waits_until_the_first_has_let_go(tmp_path: Path) -> None:
    mine = _profile("day")
    world = new_world(tmp_path, mine)
    sent(world, mine, _on(world, mine, DAY, _week(_monday((25_000, "C1"), (12_500, "C1")))))
    moved = _week(_monday((25_000, "C1"), (12_500, "C2")))
    found = _on(world, mine, DAY, moved)
    assert _rules(found) == {"sales/C2/2026-11-23": "sales_elsewhere"}
    sent(world, mine, found)
    found = _on(world, mine, DAY, moved)
    assert _rules(found) == {}
    sent(world, mine, found)
    assert world.orders.totals() == {"oslo/sales/C1/2026-11-23/r2": 25_000, "oslo/sales/C2/2026-11-23/r1": 12_500}


def test_what_is_out_keeps_its_receipts_when_the_settings_turn(tmp_path: Path) -> None:
    mine = _profile("day")
    world = new_world(tmp_path, mine)
    week = _week(_monday((25_000, "C1")))
    sent(world, mine, _on(world, mine, DAY, week))
    assert _rules(_on(world, order_profile(SALES), DAY, week)) == {}


def test_receipts_that_changed_places_are_told_how_one_order_lets_go(tmp_path: Path) -> None:
    """Each customer's order waits for the other's: a person takes one back, and only then is its successor sent."""
    mine = _profile("day")
    world = new_world(tmp_path, mine)
    sent(
        world,
        mine,
        _on(world, mine, DAY, _week(_monday((25_000, "C1"), (10_000, "C1"), (12_500, "C2"), (20_000, "C2")))),
    )
    turned = _week(_monday((25_000, "C1"), (10_000, "C2"), (12_500, "C1"), (20_000, "C2")))
    found = _on(world, mine, DAY, turned)
    assert sent(world, mine, found) == []
    told = next(h.next_step for h in found.holds if (h.order_id, h.rule) == ("sales/C1/2026-11-23", "sales_changed"))
    assert "delete order 1001 in 24SevenOffice, then say so with `frontline deleted oslo/sales/C1/2026-11-23/r1" in told
    world.orders.store.pop(1001)
    world.log.deleted("oslo/sales/C1/2026-11-23/r1", reason="changed places", who="anna")
    for _ in range(2):
        sent(world, mine, _on(world, mine, DAY, turned))
    assert world.orders.totals() == {"oslo/sales/C1/2026-11-23/r2": 37_500, "oslo/sales/C2/2026-11-23/r2": 30_000}


def test_a_sales_order_that_was_invoiced_there_is_credited_and_not_deleted(tmp_path: Path) -> None:
    mine = _profile("day")
    world = new_world(tmp_path, mine)
    sent(world, mine, _on(world, mine, DAY, _week(_monday((25_000, "C1")))))
    (there,) = world.orders.store.values()
    there.invoice_id = 7
    with world.poster()._poster.desk() as desk:
        OrderSender(desk, lambda: world.orders).read_back(world.log.orders())
    found = _on(world, mine, DAY, _week(_monday(card=34_900)))
    assert "make a credit note of it in 24SevenOffice, then say so with `frontline reverse" in found.holds[0].next_step


def test_the_period_that_the_pipeline_began_in_is_made_of_the_days_since(tmp_path: Path) -> None:
    """Days before partitions.start can be materialised by nobody: they may not hold the first week's orders for ever."""
    mine = _profile()
    world = new_world(tmp_path, mine)
    week = {SUNDAY: Till("K1", "2", SUNDAY).ring(5_000, pay="ACCOUNT", customer="C1")}
    assert _rules(_on(world, mine, SUNDAY, week)) == {"sales 2026-W48": "sales_complete"}
    raw = raw_bundle(day=SUNDAY)
    found = order_documents_of(
        raw,
        prove_orders(raw, mine),
        facts(mine, world.log, week[SUNDAY]),
        keys,
        mine,
        world.log,
        since(SUNDAY, mine.code, lambda asset, day: None),
    )
    assert _rules(found) == {}
    assert [each.order_id for each in documents_from(found.bundle)] == [BY_C1]
