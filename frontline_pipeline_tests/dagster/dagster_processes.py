"""Dagster's webserver and daemon as processes of their own, spoken to over GraphQL as the UI does.

Belongs here: starting, asking, stopping them.
Does not: assertions; what a store-day is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.home import set_dagster_home
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline_tests.support import REPO, Project

T = TypeVar("T")

LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""
BACKFILL = """
query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      status
      numPartitions
      runs(limit: 1000) { id status tags { key value } }
    }
  }
}"""
CHECKS = """
query Checks($asset: AssetKeyInput!) {
  assetNodeOrError(assetKey: $asset) {
    ... on AssetNode {
      partitionDefinition { dimensionTypes { name dynamicPartitionsDefinitionName } }
      assetChecksOrError {
        ... on AssetChecks {
          checks {
            name
            blocking
            partitionStatuses {
              ... on AssetCheckMultiPartitionStatuses {
                primaryDimensionName
                ranges {
                  primaryDimStartKey
                  primaryDimEndKey
                  secondaryDim {
                    ... on AssetCheckDefaultPartitionStatuses {
                      succeededPartitions failedPartitions inProgressPartitions skippedPartitions executionFailedPartitions
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}"""
EXECUTIONS = """
query Executions($asset: AssetKeyInput!, $check: String!, $partition: String!) {
  assetCheckExecutions(assetKey: $asset, checkName: $check, partition: $partition, limit: 20) {
    status partition runId
    evaluation { success severity description partition targetMaterialization { runId } metadataEntries { label } }
  }
}"""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(question: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first answer that is not None (or False). Fails after `seconds`, naming `what`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.3)


class DagsterProcesses:
    """`start_webserver()` and `start_daemon()`, then GraphQL; `stop()` ends what was started, and its children."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.home = project.loaded.paths.dagster_home
        self.logs = project.root / "process-logs"
        self.logs.mkdir()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        shutil.copyfile(REPO / "dagster.yaml", project.loaded.project_dir / "dagster.yaml")
        context = Context(project.loaded.config_dir, project.loaded.paths.state, environ={})
        with pytest.MonkeyPatch.context() as patch:
            # set_dagster_home puts them into this process; other tests must not see them.
            for name in ("DAGSTER_HOME", "FRONTLINE_CONFIG", "FRONTLINE_STATE"):
                patch.setenv(name, "")
            self.variables = set_dagster_home(context)

    def start_webserver(self) -> None:
        """Start it and wait until it has loaded the code location."""
        self._start("webserver", ["dagster_webserver", "-h", "127.0.0.1", "-p", str(self.port)])
        eventually(self._loaded, 90, f"the webserver answers with the assets ({self.tail('webserver')})")

    def start_daemon(self) -> None:
        """Start it; its first tick, also that of the backfills, comes at once."""
        self._start("daemon", ["dagster._daemon", "run"])

    def _start(self, name: str, module: Sequence[str]) -> None:
        workspace = ["-w", str(REPO / "workspace.yaml")]
        with (self.logs / name).open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module, *workspace],
                cwd=self.project.root,
                env={**os.environ, **self.variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def tail(self, name: str) -> str:
        """The end of a process's log."""
        file = self.logs / name
        return file.read_text(errors="replace")[-1500:] if file.exists() else ""

    def stop(self) -> None:
        """End both with the code servers and runs they started; each is a session of its own."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    # GraphQL

    def ask(self, query: str, **variables: Any) -> Any:
        """The `data` of an answer; an error of GraphQL fails the test."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        assert "errors" not in told, told["errors"]
        return told["data"]

    def _loaded(self) -> bool:
        for name, process in self._processes.items():
            if process.poll() is not None:
                pytest.fail(f"{name} ended with {process.returncode}: {self.tail(name)}")
        try:
            return bool(self.ask("{ assetNodes { id } }")["assetNodes"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def launch_backfill(self, assets: Sequence[str], store_days: Sequence[StoreDay]) -> str:
        """What the UI sends from its materialise dialog; the backfill's id."""
        params = {
            "assetSelection": [{"path": [name]} for name in assets],
            "partitionNames": [str(where) for where in store_days],
            "fromFailure": False,
            "tags": [],
        }
        told = self.ask(LAUNCH, params=params)["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess", told
        return str(told["backfillId"])

    def backfill(self, backfill_id: str) -> dict[str, Any]:
        """Status, number of partitions, runs with their tags."""
        found: dict[str, Any] = self.ask(BACKFILL, id=backfill_id)["partitionBackfillOrError"]
        return found

    def check_statuses(self, asset: str) -> dict[str, dict[str, str]]:
        """Check name -> partition key -> succeeded, failed, ... as the grid of the Checks tab shows them."""
        node = self.ask(CHECKS, asset={"path": [asset]})["assetNodeOrError"]
        out: dict[str, dict[str, str]] = {}
        for check in node["assetChecksOrError"]["checks"]:
            grid = out.setdefault(check["name"], {})
            assert check["partitionStatuses"]["primaryDimensionName"] == "business_day"
            for found in check["partitionStatuses"]["ranges"]:
                assert found["primaryDimStartKey"] == found["primaryDimEndKey"] or len(found["secondaryDim"]) > 0
                for word, stores in found["secondaryDim"].items():
                    for store in stores:
                        for day in _days(found["primaryDimStartKey"], found["primaryDimEndKey"]):
                            grid[f"{day}|{store}"] = word.removesuffix("Partitions")
        return out

    def executions(self, asset: str, check: str, where: StoreDay) -> list[dict[str, Any]]:
        """Executions of a check on one partition, newest first."""
        found: list[dict[str, Any]] = self.ask(EXECUTIONS, asset={"path": [asset]}, check=check, partition=str(where))[
            "assetCheckExecutions"
        ]
        return found


def _days(first: str, last: str) -> list[str]:
    import datetime as dt

    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return [(start + dt.timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def tag(run: dict[str, Any], key: str) -> str:
    """A run's tag."""
    return next((t["value"] for t in run["tags"] if t["key"] == key), "")


def log_paths(root: Path) -> list[Path]:
    """Everything the processes wrote, for a search through it."""
    return [path for path in root.rglob("*") if path.is_file()]
