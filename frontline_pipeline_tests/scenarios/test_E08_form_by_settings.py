"""E08: an order becomes a sales order, an invoice draft or an invoice by the settings, with its own rows and VAT per row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.posting.states import State
from frontline_pipeline.settings_orders import OrderRules, resolve_orders
from frontline_pipeline_tests.orders.order_kit import Row, documents, order, order_profile
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY


@pytest.mark.parametrize(
    ("form", "status", "invoiced"),
    [("draft", "Draft", None), ("order", "Confirmed", None), ("invoice", "Invoiced", DAY)],
)
def test_E08_each_kind_of_order_takes_its_form(
    tmp_path: Path, form: str, status: str, invoiced: dt.date | None
) -> None:
    mine = order_profile({"kinds": {"any": {"form": form}}}, department_id=10, project_id=20, dimensions={101: "nord"})
    world = OrderWorld(sqlite_url(tmp_path), mine)
    sold = order("O1", Row("A1", 10_000, 3000, 12_500), "Hentes fredag", Row("A3", 5_000, rate=15_000), kind="any")
    (found,) = world.run(*documents(sold, mine=mine))
    assert found.state is State.VERIFIED
    ((head, rows),) = [(each.head, [row for _, row in each.rows]) for each in world.orders.store.values()]
    assert (head.status, head.invoiced_on, head.reference) == (status, invoiced, "oslo/order/O1/r1")
    assert [(row.kind, row.product_id, row.quantity, row.price, row.discount) for row in rows] == [
        ("item", 501, 3000, 10_000, 12_500),
        ("text", None, 0, 0, 0),
        ("item", 503, 1000, 5_000, 0),
    ]
    # The first product's own VAT is right; the last one's is not known, so its row states the code.
    assert [row.tax.code if row.tax else None for row in rows] == [None, None, "31"]
    assert {(row.department_id, row.project_id, row.dimensions) for row in rows} == {(10, 20, ((101, "nord"),))}


def test_E08_a_store_may_have_its_own_form() -> None:
    rules = resolve_orders(
        OrderRules.model_validate({"kinds": {"web": {"form": "invoice"}, "base": {"form": "draft"}}}),
        OrderRules.model_validate({"kinds": {"web": {"form": "order"}}}),
    )
    assert {name: kind.form for name, kind in rules.kinds.items()} == {"web": "order", "base": "draft"}
