"""X06: two workers on one store-day are one voucher, on both databases; also when both find an unknown outcome."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from frontline_pipeline.posting.lease import SystemWaiting
from frontline_pipeline.posting.log import open_log
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, poster, profile, voucher
from frontline_pipeline_tests.posting.world import sqlite_url

__all__ = ["postgres_schema", "postgres_url"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("postgres_schema"))


@pytest.mark.parametrize("before", ["nothing", "unknown_before", "unknown_after"])
def test_X06_two_workers_make_one_voucher(url: str, before: str):
    log, ledger = open_log(url), FakeLedger()
    log.initialise("test")
    if before != "nothing":
        ledger.faults = [before]
        assert poster(log, ledger).post([voucher()], profile())[0].state is State.UNKNOWN
    gate, outcomes = threading.Barrier(2), []

    def work(name: str) -> None:
        mine = poster(log, ledger, holder=name, lease_wait_seconds=30, settle_seconds=0, waiting=SystemWaiting())
        gate.wait()
        outcomes.extend(mine.post([voucher()], profile()))

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.state for outcome in outcomes] == [State.POSTED] * 2
    assert [each.reference for each in ledger.vouchers] == ["oslo/K1/Z102/r1"]
    assert ledger.saves <= 2
    log.close()
