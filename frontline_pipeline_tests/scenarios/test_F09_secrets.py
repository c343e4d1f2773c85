"""F09: no secret in logs, metadata, failing rows, the posting log or what the command prints, whatever goes wrong."""

from __future__ import annotations

import json
import logging

import dagster as dg
import pytest

from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import SAVE, Project, day, store_day

TROMSO = store_day("tromso")
DAYS = ("--from", str(day(0)), "--to", str(day(0)))
WHY = ("--reason", "told by the accountant", "--who", "anna")


def secrets(project: Project) -> list[str]:
    found = [value for name, value in project.loaded.secrets.items() if "PASSWORD" in name or "APPLICATION" in name]
    assert len(found) == 4
    return found


def test_F09_no_secret_in_events_log_or_output_when_things_go_wrong(
    make_project: MakeProject, instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture
) -> None:
    project = make_project({"stores": {"tromso": {"attach_z_report": True}}, "posting": {"settle_seconds": 0}})
    caplog.set_level(logging.DEBUG)
    faults = project.server.app.faults
    told: list[str] = []

    def run() -> None:
        result = project.run(TROMSO, instance)
        told.extend(str(event) for event in result.all_events)
        told.extend(json.dumps(str(event.step_failure_data)) for event in result.all_events if event.is_step_failure)

    def frontline(*words: str) -> None:
        answer = call(*at(project), *words)
        told.extend((answer.out, answer.err))

    for kind in ("http_500", "fault", "garbage"):
        faults.arm({"operation": "Login", "kind": kind})
        run()
    # A service that repeats what it was told.
    faults.arm({"operation": "Attachment.Create", "kind": "fault"})
    faults.arm({"operation": SAVE, "kind": "reset", "when": "after"})
    run()
    frontline("preview", "--store", "tromso", "--day", str(day(0)))
    frontline("resolve", "tromso/TROMSO-1/Z1/r1", "--found", *WHY)
    frontline("plan", *DAYS)
    frontline("sweep", "--months", "1")
    frontline("correct", "--store", "tromso", "--day", str(day(0)), *WHY)
    frontline("rollback", "--store", "tromso", *DAYS, *WHY)
    frontline("adopt", *DAYS, "--dry-run")
    project.server.stop()
    run()
    frontline("adopt", *DAYS, "--dry-run")
    frontline("rollback", "--store", "tromso", *DAYS, *WHY)
    told.append(caplog.text)
    with project.log.database.engine.connect() as connection:
        for table in ("document", "document_history", "lookup_cache"):
            told += [str(row) for row in connection.exec_driver_sql(f"select * from {table}")]

    assert len(told) > 50
    for secret in secrets(project):
        assert not [text for text in told if secret in text]
