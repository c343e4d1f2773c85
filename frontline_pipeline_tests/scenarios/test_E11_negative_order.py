"""E11: an order below zero is a credit note that refers to its original, never an invoice of a negative sum."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline_tests.orders.order_kit import Row, documents, order
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url


def test_E11_a_negative_order_is_a_credit_note(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path))
    back = documents(order("R1", Row(quantity=-2000), kind="web", original_order="O1"))
    assert [each.credit for each in back] == [True]
    world.run(*documents(order("O1", kind="web")))
    world.run(*back)
    sale, credit = world.orders.store.values()
    assert credit.head.reference_invoice_id == sale.invoice_id
    assert world.orders.totals()["oslo/order/R1/r1"] == -25_000


def test_E11_a_negative_order_without_an_original_is_held(tmp_path: Path) -> None:
    world = OrderWorld(sqlite_url(tmp_path))
    (held,) = world.run(*documents(order("R1", Row(quantity=-2000), kind="web")))
    assert held.state is Hold.REFUSED
    assert "it names no original order" in held.message
    assert world.orders.store == {}
