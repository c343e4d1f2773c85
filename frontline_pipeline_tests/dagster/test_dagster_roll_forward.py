"""The monthly roll-forward of a company's accounts, against the stand-in's ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg

from frontline_pipeline.closing import ROLL_FORWARD_JOB
from frontline_pipeline.partitions import CompanyMonth
from frontline_pipeline_tests.support import FIRST, QUIET, Project, failures, metadata, store_day

LIABILITIES, INTERIM = "liabilities_roll_forward", "interim_accounts_roll_forward"
OSLO, NEXT, BERGEN = store_day("oslo"), store_day("oslo", 1), store_day("bergen")


def run(project: Project, company: str, month: dt.date, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return project.definitions.resolve_job_def(ROLL_FORWARD_JOB).execute_in_process(
        partition_key=CompanyMonth.of(company, month).key, instance=instance, raise_on_error=False, run_config=QUIET
    )


def rows(result: dg.ExecuteInProcessResult, asset: str, table: str = "roll_forward") -> dict[int, dict[str, Any]]:
    """The rows of a table by account."""
    return {record.data["account"]: record.data for record in metadata(result, asset)[table].records}


def passed(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    """Verdict and words of the check on each asset."""
    found = result.get_asset_check_evaluations()
    assert {each.check_name for each in found} == {"rolls_as_the_ledger"}
    assert not any(each.blocking for each in found)
    return {each.asset_key.path[-1]: (each.passed, each.description or "") for each in found}


def øre(text: str) -> int:
    return int(text.replace(" ", "").replace(".", ""))


def test_a_month_rolls_as_the_ledger_until_somebody_changes_it(project: Project, instance: dg.DagsterInstance) -> None:
    for where in (OSLO, NEXT, BERGEN):
        assert project.run(where, instance).success
    before = project.calls()

    result = run(project, "nordlys", FIRST, instance)

    assert result.success, failures(result)
    assert passed(result) == {
        LIABILITIES: (True, "5 accounts close as the ledger has them"),
        INTERIM: (True, "4 accounts close as the ledger has them"),
    }
    # 2900 to 2910 are near each other, 1901 to 1905 too: a call each; and one for 2990.
    assert project.calls() - before == 3
    assert metadata(result, LIABILITIES)["calls"] == 2
    card = rows(result, INTERIM)[1901]
    assert card["name"] == "KORT"
    posted = [
        x.amount_ore for v in project.vouchers("nordlys") if v.state == "posted" for x in v.lines if x.account == 1901
    ]
    assert øre(card["added"]) == sum(amount for amount in posted if amount > 0) > 0
    # Bergen is in draft mode: its takings wait, and are no difference.
    drafted = [
        x.amount_ore for v in project.vouchers("nordlys") if v.state == "draft" for x in v.lines if x.account == 1902
    ]
    bergen = rows(result, INTERIM)[1902]
    assert (øre(bergen["waiting"]), bergen["closing"], bergen["difference"]) == (sum(drafted), "0.00", "0.00")
    assert sum(drafted) != 0
    assert (card["difference"], card["closing"]) == ("0.00", card["ledger"])
    assert rows(result, INTERIM, "open_items_by_days")[1901]["oldest"] == str(FIRST)
    assert metadata(result, INTERIM)["balances"].startswith("![balance by day](data:image/svg+xml;base64,")

    # The card company pays out; somebody enters it, and changes one of our vouchers by an øre on the way.
    with project.server.store.writing() as ledger:
        statement = (
            "update entries set amount_ore = amount_ore + 1 where invoice_no = 'oslo/OSLO-1/Z2/r1' and account = 1901"
        )
        assert ledger.execute(statement).rowcount == 1
    result = run(project, "nordlys", FIRST, instance)
    assert result.success
    told = passed(result)
    assert told[LIABILITIES][0]
    ok, words = told[INTERIM]
    assert not ok
    assert words.startswith("account 1901: closing ")
    assert f"{NEXT.business_day} oslo sent" in words
    (gap,) = metadata(result, INTERIM)["differences"].records
    assert (gap.data["voucher"], gap.data["store"]) == ("oslo/OSLO-1/Z2/r1", "oslo")
    assert øre(gap.data["ledger"]) - øre(gap.data["sent"]) == 1
    # The month after opens with what this one closed with.
    december = run(project, "nordlys", dt.date(2025, 12, 1), instance)
    assert rows(december, INTERIM)[1901]["opening"] == rows(result, INTERIM)[1901]["closing"]


def test_a_ledger_that_does_not_answer_is_no_empty_account(project: Project, instance: dg.DagsterInstance) -> None:
    project.server.stop()
    result = run(project, "fjord", FIRST, instance)
    assert not result.success
    assert failures(result)[LIABILITIES].metadata["kind"] == "connection"
    assert result.get_asset_check_evaluations() == []
