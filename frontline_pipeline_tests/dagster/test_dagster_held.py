"""Every fault that a till or an export makes holds its own store-day, by the check that names it, and posts nothing."""

from __future__ import annotations

import csv

import dagster as dg
import pytest

from frontline_pipeline.accounting.rules import RULES
from frontline_pipeline.sandbox.shop_faults import FaultKind
from frontline_pipeline_tests.support import FAULTED, SAVE, Project, checks, failures, red, started, store_day

HELD_BY: dict[FaultKind, set[str]] = {
    "unbalanced": {"z_balances"},
    "one_ore": {"z_balances"},
    "vat_of_gross": {"vat_sums_to_sales", "vat_base_is_net"},
    "unknown_tender": {"everything_mapped"},
    "rounding_on_card": {"rounding_only_with_cash"},
    "duplicate_z": {"z_unique"},
    "receipt_lost": {"receipts_sum_to_sales", "receipts_sum_to_tenders", "receipts_sum_to_vat"},
}

MAY_ALSO: dict[FaultKind, set[str]] = {
    # Of a Z that stands twice every row stands twice, so its sums are doubled.
    "duplicate_z": {"frames_valid", "z_balances", "vat_sums_to_sales"},
}

NOT_OF_THE_DAY = {"z_chain"}
"""Judges the day among its neighbours, some of which these tests never run."""


@pytest.mark.parametrize("kind", HELD_BY)
def test_a_fault_is_held_by_the_check_that_names_it(
    kind: FaultKind, shared_project: Project, shared_instance: dg.DagsterInstance
) -> None:
    where = FAULTED[kind]
    result = shared_project.run(where, shared_instance)

    assert not result.success
    assert HELD_BY[kind] <= red(result) - NOT_OF_THE_DAY <= HELD_BY[kind] | MAY_ALSO.get(kind, set())
    # All rules of an asset that ran have told their result, each on this partition.
    asset = RULES[min(HELD_BY[kind])].asset
    own = {name for name, rule in RULES.items() if rule.asset == asset}
    assert own <= set(checks(result))
    assert {each.partition for name, each in checks(result).items() if name not in NOT_OF_THE_DAY} == {str(where)}
    assert not {"journal_vouchers", "posted_journals"} & started(result)
    assert shared_project.calls(SAVE) == 0
    assert shared_project.log.documents() == []
    for name in HELD_BY[kind]:
        found = checks(result)[name]
        assert found.blocking
        assert found.description
        assert str(found.metadata["what_to_do"].value)
        rows = [record.data for record in found.metadata["findings"].records]
        assert {(row["store"], row["business_day"], row["rule"]) for row in rows} == {
            (where.store, str(where.business_day), name)
        }


def test_a_missing_day_fails_as_missing_and_says_what_to_do(
    shared_project: Project, shared_instance: dg.DagsterInstance
) -> None:
    where = FAULTED["missing_day"]
    result = shared_project.run(where, shared_instance)
    assert not result.success
    told = failures(result)["raw_z_reports"]
    assert told.description.startswith(f"No extract of store oslo for {where.business_day}")
    assert told.metadata["kind"] == "missing"
    assert "frontline import" in told.metadata["what_to_do"]
    assert str(where) in told.metadata["what_to_do"]
    assert "closed_dates" in told.metadata["what_to_do"]
    assert started(result) <= {"raw_z_reports", "raw_receipts"}
    assert checks(result) == {}


def test_an_unreadable_extract_fails_with_file_and_place(
    shared_project: Project, shared_instance: dg.DagsterInstance
) -> None:
    broken = store_day("tromso", 1)
    file = shared_project.landing / broken.store / str(broken.business_day) / "z_tenders.csv"
    good = file.read_text(encoding="utf-8")
    lines = good.splitlines()
    column = lines[0].split(",").index("amount")
    cells = lines[1].split(",")
    cells[column] = '"12,50"'
    file.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    try:
        result = shared_project.run(broken, shared_instance, only=["raw_z_reports"])
    finally:
        file.write_text(good, encoding="utf-8")
    told = failures(result)["raw_z_reports"]
    assert told.metadata["kind"] == "unreadable"
    assert "z_tenders.csv" in told.description
    assert "12,50" in told.description


@pytest.mark.parametrize(
    ("kind", "asset"), [("rounding_on_card", "z_reports"), ("receipt_lost", "receipts"), ("vat_of_gross", "z_reports")]
)
def test_a_held_day_cannot_be_posted_by_launching_the_voucher_alone(
    kind: FaultKind, asset: str, project: Project, instance: dg.DagsterInstance
) -> None:
    """The tempting wrong clean-up: trust the blocking check. It blocks only inside its own run, while the frames of the held
    day are stored; a person who launches the two assets that are left would post them, and these vouchers do balance."""
    where = FAULTED[kind]
    assert not project.run(where, instance).success
    if asset == "z_reports":
        # What did not run in the held run is there all the same: somebody launched it by itself.
        project.run(where, instance, only=["receipts"])
    later = project.run(where, instance, only=["journal_vouchers", "posted_journals"])
    assert not later.success
    told = failures(later)["journal_vouchers"]
    assert told.metadata["kind"] == "held"
    assert f"{asset} of {where} is held by" in told.description
    assert all(rule in told.description for rule in HELD_BY[kind])
    assert str(where) in told.metadata["what_to_do"]
    assert "posted_journals" not in started(later)
    assert project.calls() == 0
    assert project.log.documents() == []


@pytest.mark.parametrize("held", [True, False])
def test_an_older_voucher_is_not_posted_after_its_extract_changed(
    held: bool, project: Project, instance: dg.DagsterInstance
) -> None:
    """The voucher balances and its extract was good then; launching posted_journals alone must not send it now."""
    where = store_day("tromso", 0)
    made = ["raw_z_reports", "raw_receipts", "z_reports", "receipts", "journal_vouchers"]
    assert project.run(where, instance, only=made).success
    file = project.landing / where.store / where.business_day.isoformat() / "z_reports.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    column, new = ("sales_total", "1.00") if held else ("drawer_openings", "77")
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, column: new} for row in rows)
    assert project.run(where, instance, only=["raw_z_reports", "raw_receipts", "z_reports"]).success is not held

    later = project.run(where, instance, only=["posted_journals"])

    assert not later.success
    assert failures(later)["posted_journals"].metadata["kind"] == ("held" if held else "stale")
    assert project.vouchers() == []
    assert project.log.documents() == []
    if not held:
        assert project.run(where, instance).success
        assert len(project.vouchers("fjord")) == 1


def test_a_held_day_is_posted_once_it_is_mended(project: Project, instance: dg.DagsterInstance) -> None:
    where = FAULTED["unknown_tender"]
    assert red(project.run(where, instance)) == {"everything_mapped"}
    ledger = {"companies": {"fjord": {"ledger": {"tenders": {"MYNTAPP": {"account": 1904}}}}}}
    mended = project.changed(ledger)
    assert mended.run(where, instance).success
    assert len(project.vouchers("fjord")) == 1
