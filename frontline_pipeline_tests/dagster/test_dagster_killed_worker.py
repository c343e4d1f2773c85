"""A worker is killed while it holds the company's lease: nobody is locked out for longer than the lease lives, nothing doubles.

Belongs here: a real run in a process of its own (`frontline run`), held in the middle of a call by the stand-in, then SIGKILL.
Does not: the steps of the state machine (posting/test_crashes.py kills at each of them, with a simulated clock).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.posting import lease
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.calls import Call, Reply
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import SAVE, Project, checks, failures, metadata, store_day

pytestmark = pytest.mark.slow

TTL = 13
"""Seconds; short for a lease, and still above three SOAP time-outs."""
QUICK = {
    "posting": {"lease_ttl_seconds": TTL, "lease_wait_seconds": 60},
    "companies": {"nordlys": {"office": {"timeout_seconds": 4}}, "fjord": {"office": {"timeout_seconds": 4}}},
}


class Gate:
    """Holds the first call of one operation until it is let go: before its effect, or after it and before the answer."""

    def __init__(self, operation: str, *, after_effect: bool = False) -> None:
        self.operation, self.after_effect = operation, after_effect
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._used = False

    def _holds(self, call: Call) -> bool:
        if self._used or call.name != self.operation:
            return False
        self._used = True
        self.reached.set()
        self.let_go.wait(60)
        return True

    def before(self, call: Call) -> Reply | None:
        """Nobody waits for the answer any more when it is let go, and the effect does not happen."""
        return Reply(503, b"", drop=True) if not self.after_effect and self._holds(call) else None

    def after(self, call: Call, reply: Reply) -> Reply:
        """The effect has happened; its answer finds nobody."""
        if self.after_effect:
            self._holds(call)
        return reply


@contextmanager
def killed_run(project: Project, where: StoreDay, gate: Gate) -> Iterator[None]:
    """`frontline run` of a store-day, killed inside the call that `gate` holds."""
    arguments = ["--config", str(project.loaded.config_dir), "--state", str(project.loaded.paths.state)]
    arguments += ["run", "--store", where.store, "--day", str(where.business_day)]
    log = project.root / "killed.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-c", "from frontline_pipeline.cli import main; main()", *arguments],
            cwd=project.root,
            env={**os.environ, **project.variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 90
        while not gate.reached.wait(0.2):
            assert worker.poll() is None, f"the worker ended before {gate.operation}: {_tail(log)}"
            assert time.monotonic() < deadline, f"the worker never came to {gate.operation}: {_tail(log)}"
    finally:
        worker.kill()
        worker.wait(10)
        gate.let_go.set()
    yield


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:]


def lease_is_free(project: Project, company: str) -> bool:
    with project.log.database.writing() as connection:
        return lease.is_free(project.log.database, connection, company)


def test_a_worker_killed_before_its_intent_holds_up_the_next_store_day_for_the_leases_life_only(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    gate = Gate("Account.GetEntryId")
    project = make_project(QUICK, interceptor=gate)
    dead, following = store_day("oslo"), store_day("oslo", 1)
    with killed_run(project, dead, gate):
        killed_at = time.monotonic()
        assert not lease_is_free(project, "nordlys"), "the dead worker's lease still stands"
        assert project.log.documents() == []

        # Another company is not held up at all.
        assert project.run(store_day("tromso"), instance).success

        result = project.run(following, instance)

        assert result.success, failures(result)
        assert time.monotonic() - killed_at < TTL + 60
        assert metadata(result, "posted_journals")["outcome"] == "2 new"
        assert lease_is_free(project, "nordlys")
        # The killed day is as if it had never been run.
        again = project.run(dead, instance)
        assert metadata(again, "posted_journals")["outcome"] == "2 new"
        days = [f"oslo/OSLO-{register}/Z{z}/r1" for register in (1, 2) for z in (1, 2)]
        assert project.references("nordlys") == days


@pytest.mark.parametrize("arrived", [False, True], ids=["lost on the way", "saved, answer lost"])
def test_a_worker_killed_while_it_sends_a_draft_leaves_one_unknown_that_a_person_resolves(
    arrived: bool, make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    """No operation lists drafts, so the pipeline cannot look; until a person has, no new number of that series is taken."""
    gate = Gate(SAVE, after_effect=arrived)
    project = make_project(QUICK, interceptor=gate)
    dead, following = store_day("bergen"), store_day("bergen", 1)
    reference = "bergen/2025-11-18/r1"
    with killed_run(project, dead, gate):
        (intent,) = project.log.documents()
        assert (intent.reference, intent.state) == (reference, State.SENDING)
        assert not lease_is_free(project, "nordlys")

        waiting = project.run(following, instance)

        assert not waiting.success
        told = failures(waiting)["posted_journals"]
        assert "waits for" in told.description
        assert reference in told.description
        (document,) = project.log.documents()
        assert (document.state, document.transaction_no) == (State.UNKNOWN, intent.transaction_no)
        assert project.calls(SAVE) == 1
        assert len(project.vouchers("nordlys")) == int(arrived)

        again = project.run(dead, instance)
        assert failures(again)["posted_journals"].metadata["kind"] == "unknown"
        assert "frontline resolve" in failures(again)["posted_journals"].description
        assert project.calls(SAVE) == 1

        project.log.resolve(reference, found=arrived, reason="looked among the drafts", who="test")

        for where in (following, dead):
            result = project.run(where, instance)
            assert result.success, failures(result)
            assert checks(result)["ledger_agrees"].severity is dg.AssetCheckSeverity.WARN
        assert project.references("nordlys") == [reference, "bergen/2025-11-19/r1"]
        numbers = {d.reference: d.transaction_no for d in project.log.documents()}
        assert numbers[reference] == intent.transaction_no, "an intent owns its number for ever"
        assert len(set(numbers.values())) == 2
