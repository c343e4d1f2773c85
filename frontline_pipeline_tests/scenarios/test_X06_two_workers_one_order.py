"""X06 for orders: two workers on one store-day leave one order each, also when both find an unknown outcome."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from frontline_pipeline.posting.lease import SystemWaiting
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import documents, order
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url

__all__ = ["postgres_schema", "postgres_url"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("postgres_schema"))


@pytest.mark.parametrize("before", ["nothing", "before", "after"])
def test_X06_two_workers_leave_one_order_each(url: str, before: str) -> None:
    world = OrderWorld(url)
    mine = documents(order("O1"), order("O2"))
    if before != "nothing":
        world.orders.faults = [before]
        assert {o.state for o in world.run(*mine)} == {State.UNKNOWN}
    gate, outcomes = threading.Barrier(2), []

    def work(name: str) -> None:
        poster = world.poster(name, SystemWaiting(), lease_wait_seconds=30)
        gate.wait()
        outcomes.extend(poster.post(mine, world.mine))

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {o.state for o in outcomes} == {State.VERIFIED}
    assert sorted(world.orders.references) == ["oslo/order/O1/r1", "oslo/order/O2/r1"]
    world.log.close()
