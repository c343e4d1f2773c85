"""The ledger read back: the check `ledger_agrees` of each store-day, by its run and by the read-back of its month."""

from __future__ import annotations

import dagster as dg

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.support import (
    FIRST,
    Project,
    check_history,
    checks,
    failures,
    metadata,
    store_day,
)

OSLO, NEXT, BERGEN, TROMSO = store_day("oslo"), store_day("oslo", 1), store_day("bergen"), store_day("tromso")
CHECK = ("posted_journals", "ledger_agrees")


def latest(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The evaluations that a read-back reported, by partition."""
    found = [e.asset_check_evaluation_data for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    assert {(e.asset_key.path[-1], e.check_name) for e in found} <= {CHECK}
    return {str(e.partition): e for e in found}


def edit(project: Project, statement: str, *values: object) -> None:
    """Somebody works in 24SevenOffice itself."""
    with project.server.store.writing() as ledger:
        assert ledger.execute(statement, values).rowcount > 0


def test_read_back_twice_then_drift_and_loss_turn_the_right_day_red(
    project: Project, instance: dg.DagsterInstance
) -> None:
    runs = {where: project.run(where, instance) for where in (OSLO, NEXT, BERGEN, TROMSO)}
    for where, run in runs.items():
        agrees = checks(run)["ledger_agrees"]
        assert not agrees.passed
        assert agrees.severity is dg.AssetCheckSeverity.WARN
        assert agrees.partition == str(where)
        assert ("draft" if where is BERGEN else "not read back yet") in (agrees.description or "")

    # Twice in a row: the second report of the same check and partition must not fail.
    for _ in range(2):
        result = project.read_back("nordlys", FIRST, instance)
        assert result.success, failures(result)
        found = latest(result)
        assert set(found) == {str(OSLO), str(NEXT), str(BERGEN)}
        assert {key: e.passed for key, e in found.items()} == {str(OSLO): True, str(NEXT): True, str(BERGEN): False}
        assert found[str(BERGEN)].severity is dg.AssetCheckSeverity.WARN
        told = metadata(result, "ledger_readback")
        assert (told["documents"], told["states"], told["store_days"]) == (5, "1 drafted, 4 verified", 3)
        # The target is what makes the UI show it on the partition.
        for where in (OSLO, NEXT):
            target = found[str(where)].target_materialization_data
            assert target is not None
            assert target.run_id == runs[where].run_id
    assert check_history(instance, *CHECK, OSLO) == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    # The other company was not asked.
    assert check_history(instance, *CHECK, TROMSO) == ["FAILED"]

    edit(
        project,
        "update entries set amount_ore = amount_ore + 100 where invoice_no = ? and account = 1901",
        "oslo/OSLO-1/Z1/r1",
    )
    edit(
        project,
        "update entries set amount_ore = amount_ore - 100 where invoice_no = ? and account = 3000",
        "oslo/OSLO-1/Z1/r1",
    )
    gone = "select voucher from entries where invoice_no = 'oslo/OSLO-2/Z2/r1'"
    with project.server.store.reading() as ledger:
        (number,) = {row[0] for row in ledger.execute(gone).fetchall()}
    edit(project, "delete from entries where voucher = ?", number)
    edit(project, "delete from vouchers where id = ?", number)

    result = project.read_back("nordlys", FIRST, instance)

    assert result.success
    found = latest(result)
    for where, word in ((OSLO, "changed in the ledger"), (NEXT, "not in the ledger any more")):
        assert not found[str(where)].passed
        assert found[str(where)].severity is dg.AssetCheckSeverity.ERROR
        assert word in (found[str(where)].description or "")
        assert check_history(instance, *CHECK, where)[0] == "FAILED"
    states = {d.reference: d.state for d in project.log.documents(company="nordlys")}
    assert states == {
        "bergen/2025-11-18/r1": State.DRAFTED,
        "oslo/OSLO-1/Z1/r1": State.DRIFTED,
        "oslo/OSLO-2/Z1/r1": State.VERIFIED,
        "oslo/OSLO-1/Z2/r1": State.VERIFIED,
        "oslo/OSLO-2/Z2/r1": State.MISSING,
    }
    rows = [record.data for record in metadata(result, "ledger_readback")["differences"].records]
    assert {row["voucher"] for row in rows} == {"oslo/OSLO-1/Z1/r1", "oslo/OSLO-2/Z2/r1"}
    # Nothing is mended by itself, and running the day again says so.
    saves = project.calls("Account.SaveBundleList")
    again = project.run(OSLO, instance)
    assert project.calls("Account.SaveBundleList") == saves
    assert not checks(again)["ledger_agrees"].passed
    assert checks(again)["ledger_agrees"].severity is dg.AssetCheckSeverity.ERROR


def test_a_month_without_documents_asks_nothing(project: Project, instance: dg.DagsterInstance) -> None:
    result = project.read_back("fjord", FIRST, instance)
    assert result.success
    assert metadata(result, "ledger_readback")["states"] == "nothing posted"
    assert latest(result) == {}
    assert project.calls() == 0


def test_a_ledger_that_does_not_answer_fails_the_read_back_and_judges_nothing(
    project: Project, instance: dg.DagsterInstance
) -> None:
    assert project.run(TROMSO, instance).success
    project.server.stop()
    result = project.read_back("fjord", FIRST, instance)
    assert not result.success
    told = failures(result)["ledger_readback"]
    assert told.metadata["kind"] == "connection"
    assert "again" in told.metadata["what_to_do"]
    assert latest(result) == {}
    assert {d.state for d in project.log.documents()} == {State.POSTED}


def test_a_store_day_that_this_instance_never_ran_is_judged_but_not_shown(project: Project) -> None:
    """The posting log outlives the orchestrator: with a fresh Dagster there is no row to show the result on."""
    with dg.DagsterInstance.ephemeral() as old:
        assert project.run(TROMSO, old).success
    with dg.DagsterInstance.ephemeral() as fresh:
        result = project.read_back("fjord", FIRST, fresh)
        assert result.success
        assert latest(result) == {}
        assert metadata(result, "ledger_readback")["store_days"] == 0
    assert {d.state for d in project.log.documents()} == {State.VERIFIED}
