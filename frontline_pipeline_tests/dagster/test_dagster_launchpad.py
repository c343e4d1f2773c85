"""The jobs with a form: a person's word, correction, rollback, adoption and sweep from the launchpad."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from frontline_pipeline.automation import STORE_DAY_JOB
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.ledger_person import Person
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.dagster.test_dagster_ledger_agrees import CHECK
from frontline_pipeline_tests.support import QUIET, SAVE, Project, Told, check_history, failures, metadata, store_day

TROMSO = store_day("tromso")
CARDS_ELSEWHERE = {"companies": {"fjord": {"ledger": {"tenders": {"KORT": {"account": 1901}}}}}}
ANNA = {"reason": "told by the accountant", "who": "anna"}
RANGE = {"store": "tromso", "first_day": str(TROMSO.business_day), "last_day": str(TROMSO.business_day)}
JOBS = (
    "resolve_document",
    "correct_store_day",
    "roll_back_store_days",
    "release_store_days",
    "adopt_vouchers",
    "sweep_ledgers",
)


def launch(project: Project, op: str, instance: dg.DagsterInstance, **form: object) -> dg.ExecuteInProcessResult:
    job = project.definitions.resolve_job_def(f"{op}_job")
    config = {**QUIET, "ops": {op: {"config": form}}}
    return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)


def told(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """The metadata of what a job did."""
    assert result.success, failures(result)
    (event,) = [e for e in result.all_events if e.event_type_value == "STEP_OUTPUT"]
    return {key: value.value for key, value in event.step_output_data.metadata.items()}


def refused(result: dg.ExecuteInProcessResult) -> Told:
    assert not result.success
    (only,) = failures(result).values()
    return only


def rows(table: Any) -> list[dict[str, Any]]:
    return [dict(record.data) for record in table.records]


@pytest.mark.parametrize("name", JOBS)
def test_every_form_says_what_its_fields_mean(shared_project: Project, name: str) -> None:
    job = shared_project.definitions.resolve_job_def(f"{name}_job")
    assert job.description
    fields = job.get_node_named(name).definition.config_schema.config_type.fields
    assert fields
    assert all(field.description for field in fields.values()), fields
    # Launched as it is prefilled, nothing happens: a reason, a name, a day is missing, or it is a dry run.
    assert not [key for key, field in fields.items() if field.is_required]


def test_an_empty_form_does_nothing_and_says_what_is_missing(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project()
    for name in JOBS[:-1]:
        failed = refused(launch(project, name, instance))
        assert failed.metadata["what_to_do"]
    assert project.calls() == 0


def test_resolve(make_project: MakeProject, instance: dg.DagsterInstance) -> None:
    project = make_project({"posting": {"settle_seconds": 0}})
    project.server.app.faults.arm({"operation": SAVE, "kind": "reset", "when": "after"})
    assert not project.run(TROMSO, instance).success
    nobody = refused(launch(project, "resolve_document", instance, key="tromso/TROMSO-1/Z1/r1", reason="seen"))
    assert "who" in nobody.metadata["what_to_do"]
    no_such = refused(launch(project, "resolve_document", instance, key="oslo/K9/Z1/r1", word="FOUND", **ANNA))
    assert "no document" in no_such.description

    done = told(launch(project, "resolve_document", instance, key="tromso/TROMSO-1/Z1/r1", word="FOUND", **ANNA))

    assert done["done"] == "tromso/TROMSO-1/Z1/r1 is posted now"
    assert "readback" in done["what_comes_next"]
    assert project.log.history(project.log.documents()[0])[-1].who == "anna"
    assert project.run(TROMSO, instance).success
    assert len(project.vouchers("fjord")) == 1


def test_a_changed_day_is_held_with_its_difference_and_corrected(
    project: Project, instance: dg.DagsterInstance
) -> None:
    assert project.run(TROMSO, instance).success
    other = project.changed(CARDS_ELSEWHERE)
    held = failures(other.run(TROMSO, instance))["posted_journals"]
    assert {row["what"] for row in rows(held.metadata["difference"])} == {
        "account 1901 department 30",
        "account 2380 department 30",
    }
    assert "frontline correct --store tromso --day 2025-11-18" in held.metadata["what_to_do"]
    form = {"store": "tromso", "business_day": str(TROMSO.business_day), **ANNA}
    before = project.calls()
    dry = told(launch(other, "correct_store_day", instance, **form))
    assert rows(dry["difference"]) == rows(held.metadata["difference"])
    assert project.calls() == before

    done = told(launch(other, "correct_store_day", instance, **form, dry_run=False))

    assert "reversed, and tromso/TROMSO-1/Z1/r2 posted" in done["done"]
    assert done["calls"] == project.calls() - before
    by_operation = {row["operation"]: row["calls"] for row in rows(done["calls_by_operation"])}
    assert by_operation["account.SaveBundleList"] == 2
    assert len(project.vouchers("fjord")) == 3
    assert other.run(TROMSO, instance).success
    assert other.read_back("fjord", TROMSO.business_day, instance).success
    assert check_history(instance, *CHECK, TROMSO)[0] == "SUCCEEDED"


def test_roll_back_and_release(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(TROMSO, instance).success
    before = project.calls()
    dry = told(launch(project, "roll_back_store_days", instance, **RANGE, **ANNA))
    assert dry["done"] == "1 of 1 vouchers would be rolled back"
    assert [(row["voucher"], row["result"]) for row in rows(dry["vouchers"])] == [
        ("tromso/TROMSO-1/Z1/r1", "roll_back")
    ]
    assert project.calls() == before
    assert project.log.documents()[0].state is State.POSTED
    done = told(launch(project, "roll_back_store_days", instance, **RANGE, **ANNA, dry_run=False))
    assert done["done"] == "1 of 1 vouchers rolled back"
    assert done["calls"] > 0
    assert not project.run(TROMSO, instance).success
    assert len(project.vouchers("fjord")) == 2
    freed = told(launch(project, "release_store_days", instance, **RANGE, **ANNA))
    assert str(TROMSO) in freed["what_comes_next"]
    assert project.run(TROMSO, instance).success
    assert len(project.vouchers("fjord")) == 3


def test_a_rollback_that_is_refused_fails_and_says_why(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(store_day("bergen"), instance).success
    failed = refused(
        launch(project, "roll_back_store_days", instance, **{**RANGE, "store": "bergen"}, **ANNA, dry_run=False)
    )
    assert "0 of 1" in failed.description
    assert "draft" in rows(failed.metadata["vouchers"])[0]["what"]


def test_adopt(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(TROMSO, instance).success
    project.loaded.paths.posting_log.unlink()
    # Under another name of its settings, since this process still has the lost file open.
    lost = project.changed({})
    assert not lost.run(TROMSO, instance).success
    form = {"first_day": "2025-11-01", "last_day": str(dt.date.today()), "no_drafts": True, "who": "anna"}
    dry = told(launch(lost, "adopt_vouchers", instance, **form))
    assert rows(dry["adopted"])[0]["voucher"] == "tromso/TROMSO-1/Z1/r1"
    assert not lost.log.is_initialised()
    part = told(
        launch(lost, "adopt_vouchers", instance, **{**form, "first_day": str(TROMSO.business_day)}, dry_run=False)
    )
    assert "sends nothing yet" in part["what_comes_next"]
    assert not lost.log.is_initialised()
    lost.loaded.paths.posting_log.unlink()
    lost = lost.changed({})
    done = told(launch(lost, "adopt_vouchers", instance, **form, dry_run=False))
    assert "fjord: 1 taken over" in done["done"]
    assert lost.run(TROMSO, instance).success
    assert len(lost.vouchers("fjord")) == 1


def months() -> int:
    """How many months reach from November 2025 to now."""
    today = dt.date.today()
    return (today.year - 2025) * 12 + today.month - 11 + 1


def test_the_sweep_turns_store_days_red(project: Project, instance: dg.DagsterInstance) -> None:
    oslo = store_day("oslo")
    for where in (TROMSO, oslo):
        assert project.run(where, instance).success
    good = told(launch(project, "sweep_ledgers", instance, months=months()))
    assert good["store_days"] == 2
    assert (good["calls"], good["states"]) == (2, "3 verified")
    assert check_history(instance, *CHECK, TROMSO)[0] == check_history(instance, *CHECK, oslo)[0] == "SUCCEEDED"

    person = Person(project.server.store)
    person.copy({"client": "fjord", "reference": "tromso/TROMSO-1/Z1/r1"})
    person.copy({"client": "fjord", "reference": "tromso/TROMSO-1/Z1/r1", "number": 1}, "tromso/TROMSO-1/Z77/r1")
    bad = told(launch(project, "sweep_ledgers", instance, months=months(), company="fjord"))

    assert bad["states"] == "1 duplicated"
    assert [row["voucher"] for row in rows(bad["strangers"])] == ["tromso/TROMSO-1/Z77/r1"]
    assert check_history(instance, *CHECK, TROMSO)[0] == "FAILED"
    assert check_history(instance, *CHECK, oslo)[0] == "SUCCEEDED"
    # Again: a second report of the same check and partition must not fail.
    assert told(launch(project, "sweep_ledgers", instance, months=months(), company="fjord"))["store_days"] == 1
    assert project.log.state_of("tromso", TROMSO.business_day) is State.DUPLICATED


def test_a_sweep_that_reads_nothing_fails(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(TROMSO, instance).success
    project.server.stop()
    failed = refused(launch(project, "sweep_ledgers", instance, months=months()))
    assert "fjord could not be read" in failed.description
    assert check_history(instance, *CHECK, TROMSO) == ["FAILED"], "nothing was judged but by the run itself"


def test_every_run_says_how_many_calls_it_made_and_why(project: Project, instance: dg.DagsterInstance) -> None:
    before = project.calls()
    first = metadata(project.run(TROMSO, instance), "posted_journals")
    assert first["calls"] == project.calls() - before > 0
    by_why: dict[str, int] = {}
    for row in rows(first["calls_by_operation"]):
        by_why[row["why"]] = by_why.get(row["why"], 0) + row["calls"]
    assert (by_why["number"], by_why["save"], by_why["session"]) == (1, 1, 1)
    assert sum(by_why.values()) == first["calls"]
    again = metadata(project.run(TROMSO, instance), "posted_journals")
    assert (again["calls"], rows(again["calls_by_operation"])) == (0, [])
    read = metadata(project.read_back("fjord", TROMSO.business_day, instance), "ledger_readback")
    assert rows(read["calls_by_operation"]) == [{"why": "read", "operation": "transaction.GetTransactions", "calls": 1}]


def test_a_held_run_says_its_calls_too(project: Project, instance: dg.DagsterInstance) -> None:
    project.server.app.faults.arm({"operation": SAVE, "kind": "not_saved"})
    failed = failures(project.run(TROMSO, instance))["posted_journals"]
    assert failed.metadata["calls"] == project.calls()
    assert {"save", "number"} <= {row["why"] for row in rows(failed.metadata["calls_by_operation"])}


def test_the_sweep_is_asked_for_on_mondays_one_run_per_company(shared_project: Project) -> None:
    definitions = shared_project.definitions
    schedule = definitions.resolve_schedule_def("weekly_sweep")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 8 * * 1", "Europe/Oslo")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    at = dt.datetime(2025, 12, 1, 7, tzinfo=dt.UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=at,
            repository_def=definitions.get_repository_def(),
        )
        requests = list(schedule.evaluate_tick(context).run_requests or [])
    job = definitions.resolve_job_def("sweep_ledgers_job")
    for request in requests:
        assert dg.validate_run_config(job, dict(request.run_config))
    assert [r.run_config["ops"]["sweep_ledgers"]["config"]["company"] for r in requests] == ["nordlys", "fjord"]


def test_the_jobs_of_persons_leave_the_store_day_job_alone(shared_project: Project) -> None:
    job = shared_project.definitions.resolve_job_def(STORE_DAY_JOB)
    assert not {node.name for node in job.nodes} & set(JOBS)
