"""The asset tie_out: a store-day on its four sides, whatever became of it."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pandas as pd

from frontline_pipeline.closing import TIE_OUT_JOB
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.storage import BundleStore
from frontline_pipeline_tests.support import FAULTED, FIRST, QUIET, Project, checks, failures, metadata, store_day

OSLO, NEXT, BERGEN, TROMSO = store_day("oslo"), store_day("oslo", 1), store_day("bergen"), store_day("tromso")


def tie(project: Project, where: StoreDay, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Materialises the tie-out of a store-day; its metadata, with the result of its check beside it."""
    result = project.definitions.resolve_job_def(TIE_OUT_JOB).execute_in_process(
        partition_key=where.key, instance=instance, raise_on_error=False, run_config=QUIET
    )
    assert result.success, failures(result)
    check = checks(result)["four_sides_agree"]
    assert check.partition == str(where)
    return {**metadata(result, "tie_out"), "passed": check.passed}


def table(project: Project, where: StoreDay) -> pd.DataFrame:
    """The stored table of a tie-out."""
    return BundleStore(project.loaded.paths.storage).read("tie_out", where)["tie_out"]


def test_a_posted_day_shows_four_equal_sides_and_asks_only_until_it_is_read_back(
    project: Project, instance: dg.DagsterInstance
) -> None:
    assert project.run(OSLO, instance).success
    asked = tie(project, OSLO, instance)
    assert asked["passed"]
    assert asked["differences"] == 0
    assert "receipts = Z-report = voucher = 24SevenOffice" in asked["verdict"]
    # Posted but not read back: one question for the whole day.
    assert asked["calls"] == 1

    assert project.read_back("nordlys", FIRST, instance).success
    told = tie(project, OSLO, instance)
    assert told["passed"]
    assert told["calls"] == 0
    assert told["verdict"] == asked["verdict"]

    found = table(project, OSLO)
    assert set(found["register"]) == {"OSLO-1", "OSLO-2"}
    booked = found[found["measure"].isin(["sales", "vat", "tender"])]
    assert {"sales", "vat", "tender"} <= set(booked["measure"])
    for side in ("receipts", "voucher", "ledger"):
        assert booked[side].tolist() == booked["z_report"].tolist()


def test_an_ore_that_somebody_moved_in_the_ledger_is_on_its_figure(
    project: Project, instance: dg.DagsterInstance
) -> None:
    assert project.run(OSLO, instance).success
    with project.server.store.writing() as ledger:
        for account, change in ((1901, 1), (3000, -1)):
            statement = "update entries set amount_ore = amount_ore + ? where invoice_no = ? and account = ?"
            assert ledger.execute(statement, (change, "oslo/OSLO-1/Z1/r1", account)).rowcount == 1
    assert project.read_back("nordlys", FIRST, instance).success

    told = tie(project, OSLO, instance)

    assert not told["passed"]
    assert told["calls"] == 1
    wrong = table(project, OSLO)
    wrong = wrong[~wrong["agrees"]]
    assert list(zip(wrong["register"], wrong["measure"], wrong["subject"], strict=True)) == [
        ("OSLO-1", "sales", "3@25000"),
        ("OSLO-1", "tender", "KORT"),
    ]
    assert (wrong["ledger"] - wrong["z_report"]).tolist() == [1, 1]
    assert wrong["voucher"].tolist() == wrong["z_report"].tolist() == wrong["receipts"].tolist()


def test_a_draft_has_no_ledger_side_and_says_so(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(BERGEN, instance).success
    told = tie(project, BERGEN, instance)
    assert told["passed"]
    assert told["calls"] == 0
    assert "a draft, not in the ledger until a person posts it" in told["verdict"]
    found = table(project, BERGEN)
    assert found["ledger"].isna().all()
    booked = found[found["measure"].isin(["sales", "vat", "tender"])]
    assert booked["voucher"].tolist() == booked["z_report"].tolist()


def test_a_held_day_shows_the_sides_that_exist_and_names_the_lost_receipt(
    project: Project, instance: dg.DagsterInstance
) -> None:
    where = FAULTED["receipt_lost"]
    assert not project.run(where, instance).success
    told = tie(project, where, instance)
    assert not told["passed"]
    assert "no voucher side: held by receipts_" in told["verdict"]
    assert "no 24SevenOffice side: nothing of it was sent" in told["verdict"]
    found = table(project, where)
    assert found["voucher"].isna().all()
    wrong = found[~found["agrees"]]
    assert {"total", "sales", "vat", "tender"} == set(wrong["measure"])
    assert ((wrong["receipts"] - wrong["z_report"]) < 0).all()
    assert project.calls() == 0


def test_a_day_that_was_never_delivered_and_one_whose_ledger_does_not_answer(
    project: Project, instance: dg.DagsterInstance
) -> None:
    where = FAULTED["missing_day"]
    assert not project.run(where, instance).success
    assert tie(project, where, instance)["verdict"].startswith("Nothing to tie out: none was delivered")

    assert project.run(TROMSO, instance).success
    project.server.stop()
    told = tie(project, TROMSO, instance)
    assert told["passed"]
    assert "24SevenOffice could not be asked (connection)" in told["verdict"]
    assert table(project, TROMSO)["ledger"].isna().all()


def test_the_voucher_of_an_earlier_extract_is_said_to_be_one(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(
        NEXT, instance, only=["raw_z_reports", "raw_receipts", "z_reports", "receipts", "journal_vouchers"]
    ).success
    # Delivered anew with another receipt count, which no figure depends on.
    (file,) = (project.landing / "oslo" / str(NEXT.business_day)).rglob("z_reports.csv")
    told = pd.read_csv(file, dtype="str", keep_default_na=False)
    told["copy_count"] = "7"
    told.to_csv(file, index=False)
    project.run(NEXT, instance, only=["raw_z_reports", "raw_receipts", "z_reports"])
    after = tie(project, NEXT, instance)
    assert after["passed"]
    assert "the voucher was made from an extract that has changed since" in after["verdict"]
