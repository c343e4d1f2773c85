"""Two `dagster` processes on one store-day: one voucher, and the second says that it is there already.

Belongs here: real runs of the command line on one instance, the first held in the middle of its sending by the stand-in.
Does not: who gets the lease and for how long (posting/test_lease.py), webserver and daemon (test_dagster_processes.py).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.sandbox.calls import Call, Reply
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.dagster.dagster_processes import DagsterProcesses, eventually
from frontline_pipeline_tests.support import SAVE, Project, store_day

pytestmark = pytest.mark.slow

ASSETS = "raw_z_reports,raw_receipts,z_reports,receipts,journal_vouchers,posted_journals"
POSTED = dg.AssetKey("posted_journals")


class HeldSave:
    """Holds the first SaveBundleList before its effect until it is let go, and then lets everything through."""

    def __init__(self) -> None:
        self.reached, self.let_go = threading.Event(), threading.Event()

    def before(self, call: Call) -> Reply | None:
        if call.name == SAVE and not self.reached.is_set():
            self.reached.set()
            self.let_go.wait(280)
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        return reply


@pytest.fixture
def held() -> HeldSave:
    return HeldSave()


@pytest.fixture
def project(make_project: MakeProject, held: HeldSave) -> Project:
    changes = {"posting": {"lease_ttl_seconds": 1000, "lease_wait_seconds": 900}}
    companies = {"companies": {code: {"office": {"timeout_seconds": 300}} for code in ("nordlys", "fjord")}}
    return make_project({**changes, **companies}, interceptor=held)


@pytest.fixture
def environment(project: Project) -> dict[str, str]:
    return {**os.environ, **DagsterProcesses(project).variables}


@pytest.fixture
def racing(project: Project, environment: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of the test; none outlives it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        each.kill()
        each.wait(10)


def materialize(where: StoreDay, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = ["asset", "materialize", "--select", ASSETS, "--partition", str(where)]
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "dagster", *command, "-m", "frontline_pipeline.definitions"],
            cwd=log.parent,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def at_posting(instance: dg.DagsterInstance) -> int:
    """How many runs have begun to post."""
    return sum(
        event.step_key == "posted_journals"
        for record in instance.get_run_records()
        for event in instance.all_logs(record.dagster_run.run_id, of_type=dg.DagsterEventType.STEP_START)
    )


def test_the_databases_are_there_before_the_first_process(environment: dict[str, str]) -> None:
    """Two processes that made them together would leave two heads, and an instance that nothing opens again."""
    for name in ("schedules/schedules.db", "history/runs.db", "history/runs/index.db"):
        with closing(sqlite3.connect(f"file:{environment['DAGSTER_HOME']}/{name}?mode=ro", uri=True)) as database:
            assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,), name


def test_two_dagster_processes_race_for_one_store_day(
    project: Project, held: HeldSave, environment: dict[str, str], racing: list[subprocess.Popen[bytes]]
) -> None:
    where = store_day("tromso")
    logs = [project.root / f"racer-{n}.log" for n in range(2)]
    racing += [materialize(where, log, environment) for log in logs]

    def tails() -> str:
        return "\n".join(log.read_text(errors="replace")[-1500:] for log in logs)

    def both_live() -> bool:
        assert [each.poll() for each in racing] == [None, None], tails()
        return True

    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        eventually(held.reached.is_set, 240, f"one of the two sends ({tails()})")
        # The other one is at the same step, with the same voucher, while the first is inside its call.
        eventually(lambda: both_live() and at_posting(instance) == 2, 240, f"both are at posting ({tails()})")
        time.sleep(0.5)
        assert project.vouchers() == []
        held.let_go.set()
        assert [each.wait(240) for each in racing] == [0, 0], tails()

        outcomes = [
            str(record.asset_materialization.metadata["outcome"].value)
            for record in instance.fetch_materializations(POSTED, limit=10).records
            if record.asset_materialization is not None
        ]
    assert sorted(outcomes) == ["1 already posted", "1 new"]
    assert [voucher.state for voucher in project.vouchers()] == ["posted"]
    assert project.calls(SAVE) == 1
    (document,) = project.log.documents()
    assert document.attempts == 1
