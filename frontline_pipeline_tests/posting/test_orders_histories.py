"""Property: whatever the sequence of deliveries, repeats, changes, lost answers and crashes, one document per order, totals equal."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order
from frontline_pipeline_tests.posting.fake_ledger import Crash, expire_leases
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url

FAULTS = ["", "", "before", "after", "not_sent", "no_number", "rejected", "crash_before", "crash_after"]
_QUANTITY = st.integers(1, 9).map(lambda number: number * 1000)
STEP = st.tuples(
    st.dictionaries(st.sampled_from(["O1", "O2", "O3"]), st.lists(_QUANTITY, min_size=1, max_size=3), min_size=1),
    st.lists(st.sampled_from(FAULTS), max_size=2),
    st.booleans(),
)


def _documents(content: dict[str, list[int]]):
    kinds = {"O1": "base", "O2": "customer", "O3": "base"}
    return documents(
        *(
            order(name, *(Row(quantity=quantity) for quantity in quantities), kind=kinds[name])
            for name, quantities in sorted(content.items())
        )
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=6))
def test_one_document_per_order_and_its_last_totals(steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = OrderWorld(sqlite_url(Path(folder)), attempts=100)
        last: dict[str, list[int]] = {}
        for content, faults, read_fails in steps:
            last.update(content)
            world.orders.faults = list(faults)
            world.orders.read_faults = ["lost"] if read_fails else []
            try:
                world.run(*_documents(content))
            except Crash:
                expire_leases(world.log)
        world.orders.faults, world.orders.read_faults = [], []
        for _ in range(2):
            # The second run goes on where the first one only found what an earlier one had left.
            final = world.run(*_documents(last))
        assert {o.state for o in final} == {State.VERIFIED}, final
        found = world.orders.totals()
        assert {name.split("/")[2]: total for name, total in found.items()} == {
            each.order_id: each.total for each in _documents(last)
        }
        live = [d for d in world.log.orders() if d.state is State.VERIFIED]
        assert len(live) == len(last)
        world.log.close()
