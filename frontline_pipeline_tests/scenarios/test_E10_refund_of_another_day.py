"""E10: a refund of an order of another day or store refers to it; held while the original was never sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY

REFUND = order("R1", Row("A1", quantity=-1000), original_order="O1", kind="web")


def test_E10_a_credit_note_refers_to_an_order_of_another_day(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path))
    world.run(*documents(order("O1", kind="web")))
    (found,) = world.run(*documents(REFUND, day=DAY + dt.timedelta(days=3)))
    assert found.state is State.VERIFIED
    sale, refund = world.orders.store.values()
    assert (refund.head.reference_order_id, refund.head.reference_invoice_id) == (sale.order_id, sale.invoice_id)


def test_E10_the_original_may_be_of_another_store(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path))
    (there,) = documents(order("O1", kind="web"))
    other = replace(there, store="bergen", document_key="bergen/order/O1")
    bergen = world.mine.__class__("bergen", world.mine.store, world.mine.company_code, world.mine.company)
    world.poster().post([other], bergen)
    assert world.run(*documents(REFUND))[0].state is State.VERIFIED


def test_E10_a_refund_whose_original_was_never_sent_is_held(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path))
    (held,) = world.run(*documents(REFUND))
    assert held.state is Hold.REFUSED
    assert "original order O1 was never sent" in held.message
    assert world.orders.saves == 0
    # The original comes: both go, whichever stands first.
    both = world.run(*documents(REFUND, order("O1", kind="web")))
    assert [o.state for o in both] == [State.VERIFIED] * 2
