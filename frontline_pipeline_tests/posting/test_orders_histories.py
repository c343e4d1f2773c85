"""Property: whatever the sequence of deliveries, repeats, changes, lost answers and crashes, one document per order, totals equal."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings_orders import Form
from frontline_pipeline_tests.orders.order_kit import documents, order
from frontline_pipeline_tests.posting.fake_ledger import Crash, expire_leases
from frontline_pipeline_tests.posting.fake_orders import FakeOrders, OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url

_MARKS = itertools.count(1)
FAULTS = ["", "", "before", "after", "not_sent", "no_number", "rejected", "crash_before", "crash_after"]
_QUANTITY = st.integers(1, 9).map(lambda number: number * 1000)
STEP = st.tuples(
    st.dictionaries(st.sampled_from(["O1", "O2", "O3", "O4"]), st.lists(_QUANTITY, min_size=1, max_size=3), min_size=1),
    st.lists(st.sampled_from(FAULTS), max_size=2),
    st.booleans(),
)


(TEMPLATE,) = documents(order("O1", kind="base"))


def _documents(content: dict[str, list[int]], mark: int) -> list[OrderDocument]:
    """The orders by their quantities, each row 100.00 and 25 % VAT; `mark` sets the examples apart in one log."""
    forms: dict[str, tuple[Form, str]] = {
        "O1": ("draft", "Draft"),
        "O2": ("order", "ForInvoicing"),
        "O3": ("draft", "Draft"),
        "O4": ("invoice", "Invoiced"),
    }
    (row,) = TEMPLATE.rows
    out: list[OrderDocument] = []
    for name, delivered in sorted(content.items()):
        # An invoice that changes is held until a person asks (scenario E09), so this one is delivered again as it was.
        quantities = [1000] if name == "O4" else delivered
        net = sum(quantities) * 10
        rows = tuple(
            replace(
                row, line_id=str(number), quantity=quantity, amount=quantity * 25 // 2, amount_excl_vat=quantity * 10
            )
            for number, quantity in enumerate(quantities, 1)
        )
        form, status = forms[name]
        out.append(
            replace(
                TEMPLATE,
                order_id=f"{name}-{mark}",
                document_key=f"oslo/order/{name}-{mark}",
                form=form,
                status=status,
                rows=rows,
                total=net * 5 // 4,
                total_excl_vat=net,
            )
        )
    return out


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> OrderWorld:
    return OrderWorld(sqlite_url(tmp_path_factory.mktemp("orders")), attempts=100)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=5))
def test_one_document_per_order_and_its_last_totals(
    world: OrderWorld, steps: list[tuple[dict[str, list[int]], list[str], bool]]
) -> None:
    world.orders = FakeOrders()
    mark = next(_MARKS)
    last: dict[str, list[int]] = {}
    for content, faults, read_fails in steps:
        last.update(content)
        world.orders.faults = list(faults)
        world.orders.read_faults = ["lost"] if read_fails else []
        try:
            world.run(*_documents(content, mark))
        except Crash:
            expire_leases(world.log)
    world.orders.faults, world.orders.read_faults = [], []
    # The second run goes on where the first one only found what an earlier one had left.
    world.run(*_documents(last, mark))
    final = world.run(*_documents(last, mark))
    assert {o.state for o in final} == {State.VERIFIED}, final
    found = world.orders.totals()
    assert {name.split("/")[2]: total for name, total in found.items()} == {
        each.order_id: each.total for each in _documents(last, mark)
    }
    live = [d for d in world.log.orders(states=[State.VERIFIED]) if d.document_key.endswith(f"-{mark}")]
    assert len(live) == len(last)
