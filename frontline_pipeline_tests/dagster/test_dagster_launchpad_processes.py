"""The forms as the webserver's launchpad shows and launches them, in real processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontline_pipeline_tests.dagster.dagster_processes import DagsterProcesses, eventually
from frontline_pipeline_tests.dagster.test_dagster_launchpad import JOBS
from frontline_pipeline_tests.support import running_project

pytestmark = pytest.mark.slow

SELECTOR = {"repositoryName": "__repository__", "repositoryLocationName": "frontline_pipeline.definitions"}
PREFILLED = """
query Prefilled($selector: PipelineSelector!) {
  runConfigSchemaOrError(selector: $selector) { ... on RunConfigSchema { rootDefaultYaml } }
}"""
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) {
    ... on Run {
      status
      eventConnection {
        events {
          __typename
          ... on ExecutionStepOutputEvent { metadataEntries { label ... on TextMetadataEntry { text } } }
          ... on ExecutionStepFailureEvent { failureMetadata { description } }
        }
      }
    }
  }
}"""


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory, generated: Path) -> Iterator[DagsterProcesses]:
    with running_project(tmp_path_factory.mktemp("launchpad")) as project:
        shutil.copytree(generated, project.landing)
        processes = DagsterProcesses(project)
        try:
            processes.start_webserver()
            processes.start_daemon()
            yield processes
        finally:
            processes.stop()


def prefilled(dagster: DagsterProcesses, job: str) -> dict[str, Any]:
    """What the launchpad shows when it is opened."""
    told = dagster.ask(PREFILLED, selector={**SELECTOR, "pipelineName": job})
    config: dict[str, Any] = yaml.safe_load(told["runConfigSchemaOrError"]["rootDefaultYaml"])
    return config


def launched(dagster: DagsterProcesses, job: str, config: dict[str, Any]) -> dict[str, Any]:
    """A run launched from the launchpad, at its end."""
    params = {"selector": {**SELECTOR, "jobName": job}, "runConfigData": yaml.safe_dump(config), "mode": "default"}
    told = dagster.ask(LAUNCH, params=params)["launchRun"]
    assert told["__typename"] == "LaunchRunSuccess", told

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = dagster.ask(RUN, id=told["run"]["runId"])["runOrError"]
        return run if run["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None

    return eventually(ended, 180, f"the run of {job} ends ({dagster.tail('daemon')})")


def test_the_launchpad_shows_every_form_with_all_its_fields(dagster: DagsterProcesses) -> None:
    for name in JOBS:
        form = prefilled(dagster, f"{name}_job")["ops"][name]["config"]
        assert form
        assert "who" in form or name == "sweep_ledgers"


def test_a_sweep_launched_as_it_is_prefilled_runs_and_tells_what_it_did(dagster: DagsterProcesses) -> None:
    run = launched(dagster, "sweep_ledgers_job", prefilled(dagster, "sweep_ledgers_job"))
    assert run["status"] == "SUCCESS"
    (output,) = [e for e in run["eventConnection"]["events"] if e["__typename"] == "ExecutionStepOutputEvent"]
    told = {entry["label"]: entry.get("text") for entry in output["metadataEntries"]}
    assert told["done"] == "0 vouchers read, 0 not as they should be, 0 not in the log"
    assert {"calls", "calls_by_operation", "strangers", "store_days"} <= set(told)


def test_a_correction_launched_as_it_is_prefilled_does_nothing_and_says_what_is_missing(
    dagster: DagsterProcesses,
) -> None:
    run = launched(dagster, "correct_store_day_job", prefilled(dagster, "correct_store_day_job"))
    assert run["status"] == "FAILURE"
    (failed,) = [e for e in run["eventConnection"]["events"] if e["__typename"] == "ExecutionStepFailureEvent"]
    assert failed["failureMetadata"]["description"] == "There is no store ''."
