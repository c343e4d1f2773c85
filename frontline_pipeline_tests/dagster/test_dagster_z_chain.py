"""The check `z_chain`: by its own run, and reported to the store-days whose Z-reports stand before and after those that arrived."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from frontline_pipeline.automation import STORE_DAY_JOB
from frontline_pipeline.checks import chain
from frontline_pipeline.continuity import arrived
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import Project, check_history, failures, red, store_day

CHECK = ("raw_z_reports", "z_chain")
ARRIVAL = ["raw_z_reports"]
FIRST, LATE, LAST = store_day("oslo", 0), store_day("oslo", 1), store_day("oslo", 2)


def reported(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The newest evaluation of z_chain that a run gave, by partition."""
    return {str(e.partition): e for e in result.get_asset_check_evaluations() if e.check_name == CHECK[1]}


def the_check_alone(project: Project, where: StoreDay, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """As a person runs one check of one partition from the UI."""
    check = dg.AssetCheckKey(dg.AssetKey(CHECK[0]), CHECK[1])
    job = project.definitions.resolve_job_def(STORE_DAY_JOB)
    subset = job.get_subset(asset_selection=set(), asset_check_selection={check})
    return subset.execute_in_process(partition_key=where.key, instance=instance, raise_on_error=False)


def test_a_late_day_turns_its_neighbours_green(project: Project, instance: dg.DagsterInstance) -> None:
    first = reported(project.run(FIRST, instance, only=ARRIVAL))
    assert {key: e.passed for key, e in first.items()} == {str(FIRST): True}

    # Wednesday's extract is late: Thursday's Z number 3 has no number 2 before it, which both neighbours say.
    last = project.run(LAST, instance)
    assert last.success, "a gap does not hold posting by itself"
    assert len(project.vouchers("nordlys")) == 2
    assert set(reported(last)) == {str(FIRST), str(LAST)}
    for found in reported(last).values():
        assert not found.passed
        assert found.severity is dg.AssetCheckSeverity.ERROR
        days = f"Z 1 ({FIRST.business_day}) and Z 3 ({LAST.business_day})"
        assert f"Z 2 is missing, and belongs between {days}" in str(found.description)
        assert "import the extract" in str(found.metadata["what_to_do"].value)
        # The target is what makes the UI show it on the partition.
        assert found.target_materialization_data is not None

    late = reported(project.run(LATE, instance, only=ARRIVAL))
    assert {key: e.passed for key, e in late.items()} == dict.fromkeys(map(str, (FIRST, LATE, LAST)), True)
    assert check_history(instance, *CHECK, FIRST) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert check_history(instance, *CHECK, LATE) == ["SUCCEEDED"]
    assert check_history(instance, *CHECK, LAST) == ["SUCCEEDED", "FAILED"]

    table = [record.data for record in late[str(LATE)].metadata["chain"].records]
    assert [(r["register"], r["z_number"], r["verdict"]) for r in table] == [
        (f"OSLO-{register}", str(number), "follows" if number > 1 else "first")
        for register in (1, 2)
        for number in (1, 2, 3)
    ]
    assert "data:image/svg+xml;base64," in str(late[str(LATE)].metadata["grand_totals"].value)

    # A report may get lost, or the settings be changed: run again by itself, it judges and reports anew.
    assert set(reported(the_check_alone(project, LATE, instance))) == {str(FIRST), str(LATE), str(LAST)}


def test_a_day_held_for_another_reason_has_its_place_in_the_chain(
    project: Project, instance: dg.DagsterInstance
) -> None:
    """tromso's third day does not balance; it is no gap for all that."""
    before, held, after = (store_day("tromso", offset) for offset in (1, 2, 3))
    project.run(before, instance, only=ARRIVAL)
    assert red(project.run(held, instance)) == {"z_balances"}
    assert reported(project.run(after, instance, only=ARRIVAL))[str(after)].passed
    assert check_history(instance, *CHECK, held) == ["SUCCEEDED", "SUCCEEDED"]


def test_hold_on_gap_holds_the_day_after_the_gap_until_it_is_filled(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project()
    project.run(FIRST, instance, only=ARRIVAL)
    upstream = [*ARRIVAL, "raw_receipts", "z_reports", "receipts", "journal_vouchers"]
    assert project.run(LAST, instance, only=upstream).success

    # Neither is a voucher made anew, nor one sent that was made before the setting.
    strict = project.changed({"stores": {"oslo": {"hold_on_gap": True}}})
    for asset in ("journal_vouchers", "posted_journals"):
        told = failures(strict.run(LAST, instance, only=[asset]))[asset]
        assert told.metadata["kind"] == "chain"
        assert told.description.startswith(f"Held by z_chain (stores.oslo.hold_on_gap); nothing of {LAST} is posted.")
        assert "Z 2 is missing" in told.description
        assert str(LAST) in told.metadata["what_to_do"]
    assert project.calls() == 0

    strict.run(LATE, instance, only=ARRIVAL)
    assert strict.run(LAST, instance, only=["journal_vouchers", "posted_journals"]).success
    assert len(project.vouchers("nordlys")) == 2


def test_what_another_run_wrote_meanwhile_is_told_last(
    project: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs at once: the late day is written while this run is about to say that it is missing. What stands on each day in the
    end must be what the book says, whichever run speaks last."""
    project.run(FIRST, instance, only=ARRIVAL)
    report, log, profile = chain.report_check, project.log, project.loaded.settings.store("oslo")

    def interrupted(*arguments: Any) -> int:
        monkeypatch.setattr(chain, "report_check", report)
        bundle = FileExtracts(project.landing).z_reports("oslo", LATE.business_day)
        assert bundle is not None
        arrived(log, profile, bundle)
        return report(*arguments)

    monkeypatch.setattr(chain, "report_check", interrupted)
    result = project.run(LAST, instance, only=ARRIVAL)
    assert result.success
    for where in (FIRST, LAST):
        told = [e.passed for e in result.get_asset_check_evaluations() if e.partition == str(where)]
        assert told == [False, True]
        # Dagster keeps one word of each run, the last.
        assert check_history(instance, *CHECK, where)[0] == "SUCCEEDED"
