"""What a posted and verified journal costs: SOAP calls counted by the sandbox over a real socket, not time.

Belongs here: the budget of a backfill as its runs make it, each with a poster of its own, on one state directory.
Does not: the share of Dagster in it (dagster/test_dagster_calls.py), the ceiling per hour (scenarios/test_X09...).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.readback import read_back
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline_tests.posting.fake_ledger import poster, profile, voucher
from frontline_pipeline_tests.posting.sandboxed import CLIENT, SAVE, calls, in_ledger, session_on

FIRST = dt.date(2026, 7, 28)
STORE_DAYS = 110
"""Over five months, two of them only grazed: one voucher a store-day and one store, the dearest share of the read-backs."""
RUNS_OF_A_PROCESS = 5
"""A new process opens a session, which takes more time than a voucher; that it costs no call is seen with a few."""


@pytest.fixture
def log(sqlite_url: str) -> Iterator[PostingLog]:
    opened = open_log(sqlite_url)
    opened.initialise("test")
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [CLIENT]) as started:
        yield started


def days() -> list[dt.date]:
    return [FIRST + dt.timedelta(days=n) for n in range(STORE_DAYS)]


@pytest.mark.parametrize(("source", "budget"), [("ledger", 2.2), ("local", 1.2)])
def test_a_posted_and_verified_journal_in_a_backfill_costs_at_most(
    log: PostingLog, server: SandboxServer, tmp_path: Path, source: str, budget: float
):
    for n, day in enumerate(days()):
        if n % RUNS_OF_A_PROCESS == 0:
            ledger = Ledger(session_on(server.url, tmp_path))
        run = poster(log, ledger, number_source=source)  # type: ignore[arg-type]
        (outcome,) = run.post([voucher(100 + n, day=day)], profile())
        assert outcome.state is State.POSTED, outcome
    months = sorted({day.replace(day=1) for day in days()})
    for month in months:
        read_back(log, Ledger(session_on(server.url, tmp_path)), "fjord", month)

    assert {each.state for each in log.documents()} == {State.VERIFIED}
    assert set(in_ledger(server).values()) == {1}
    assert len(in_ledger(server)) == STORE_DAYS
    assert [each.transaction_no for each in log.documents()] == list(range(1, STORE_DAYS + 1))
    cost = calls(server) / STORE_DAYS
    assert cost <= budget, {name: row["calls"] for name, row in server.app.statistics.as_dict().items()}
    assert calls(server, SAVE) == STORE_DAYS
    assert calls(server, "Account.GetEntryId") == (STORE_DAYS if source == "ledger" else 1)
    assert calls(server, "Transaction.GetTransactions") == len(months) == 4 + (FIRST.day > 27)
    assert calls(server, "Authenticate.Login") == 1, "every process takes the session of the one before"


def test_a_second_backfill_of_the_same_days_costs_nothing(log: PostingLog, server: SandboxServer, tmp_path: Path):
    for _ in range(2):
        before = calls(server)
        for n, day in enumerate(days()[:5]):
            poster(log, Ledger(session_on(server.url, tmp_path))).post([voucher(100 + n, day=day)], profile())  # type: ignore[arg-type]
    assert calls(server) == before
