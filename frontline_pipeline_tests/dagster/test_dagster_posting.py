"""Posting through Dagster: once, whatever is launched again, late, alone or under changed settings."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from frontline_pipeline.frames.proven import VOUCHER_LINES
from frontline_pipeline.posting.states import State
from frontline_pipeline.storage import BundleStore
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import SAVE, Project, checks, failures, metadata, red, started, store_day

OSLO = store_day("oslo")
PER_STORE = {"stores": {"oslo": {"journal_per": "store"}}}


def outcome(result: dg.ExecuteInProcessResult) -> str:
    return str(metadata(result, "posted_journals")["outcome"])


def test_X01_a_second_materialisation_says_already_posted_and_writes_nothing(
    project: Project, instance: dg.DagsterInstance
) -> None:
    first = project.run(OSLO, instance)
    assert outcome(first) == "2 new"
    calls, vouchers = project.calls(), project.vouchers()
    history = [project.log.history(d) for d in project.log.documents()]

    second = project.run(OSLO, instance)

    assert second.success
    assert outcome(second) == "2 already posted"
    told = metadata(second, "posted_journals")
    assert told["calls"] == 0
    assert {row.data["already"] for row in told["documents"].records} == {"already posted"}
    assert project.calls() == calls
    assert project.vouchers() == vouchers
    assert [project.log.history(d) for d in project.log.documents()] == history


def test_F04_days_that_are_done_cost_no_call(project: Project, instance: dg.DagsterInstance) -> None:
    days = [store_day("bergen"), store_day("tromso")]
    for where in days:
        assert project.run(where, instance).success
    calls = project.calls()
    assert all(outcome(project.run(where, instance)).endswith("already posted") for where in days)
    assert project.calls() == calls
    assert len(project.references()) == len(set(project.references())) == 2


def test_posting_alone_proves_the_voucher_again(project: Project, instance: dg.DagsterInstance) -> None:
    """Launching only posted_journals later is not stopped by any check, so what lies in storage is proven before it goes."""
    upstream = ["raw_z_reports", "raw_receipts", "z_reports", "receipts", "journal_vouchers"]
    assert project.run(OSLO, instance, only=upstream).success
    store = BundleStore(project.loaded.paths.storage)
    good = store.read("journal_vouchers", OSLO)
    lines = good[VOUCHER_LINES.name].copy()
    assert int(lines.loc[0, "debit"]) > 1
    lines.loc[0, "debit"] -= 1
    store.write("journal_vouchers", replace(good, frames={**good.frames, VOUCHER_LINES.name: lines}))

    spoilt = project.run(OSLO, instance, only=["posted_journals"])

    assert not spoilt.success
    assert started(spoilt) >= {"posted_journals"}
    told = failures(spoilt)["posted_journals"]
    assert told.metadata["kind"] == "held"
    assert {row.data["state"] for row in told.metadata["documents"].records} == {"unproven", "posted"}
    assert project.calls(SAVE) == 1
    assert len(project.vouchers()) == 1

    store.write("journal_vouchers", good)
    assert outcome(project.run(OSLO, instance, only=["posted_journals"])) == "1 new, 1 already posted"
    assert project.calls(SAVE) == 2


def test_posting_before_anything_is_made_says_what_is_missing(project: Project, instance: dg.DagsterInstance) -> None:
    result = project.run(OSLO, instance, only=["posted_journals"])
    assert not result.success
    told = failures(result)["posted_journals"]
    assert told.description == "journal_vouchers of 2025-11-18|oslo has not been materialised; materialise it first."
    assert told.metadata["kind"] == "not_materialised"


def test_a_log_that_nobody_initialised_refuses(make_project: MakeProject, instance: dg.DagsterInstance) -> None:
    project = make_project(initialised=False)
    result = project.run(OSLO, instance)
    assert not result.success
    told = failures(result)["posted_journals"]
    assert told.metadata["kind"] == "not_initialised"
    assert "never initialised" in told.description
    assert "frontline init --fresh" in told.metadata["what_to_do"]
    assert project.calls() == 0
    project.log.initialise("test")
    assert outcome(project.run(OSLO, instance)) == "2 new"


# Granularity, late Z-reports


def _keep_register(folder: Path, register: str) -> dict[str, list[dict[str, str]]]:
    """Cuts a store-day's files down to one register and returns the rows of the others, by file name."""
    taken: dict[str, list[dict[str, str]]] = {}
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        _write(file, [row for row in rows if row["register"] == register], list(rows[0]) if rows else None)
        taken[file.name] = [row for row in rows if row["register"] != register]
    return taken


def _write(file: Path, rows: list[dict[str, str]], columns: list[str] | None) -> None:
    if columns is None:
        return
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_per_store_two_registers_make_one_voucher(make_project: MakeProject, instance: dg.DagsterInstance) -> None:
    project = make_project(PER_STORE)
    result = project.run(OSLO, instance)
    assert outcome(result) == "1 new"
    (document,) = project.log.documents()
    assert document.document_key == "oslo/2025-11-18"
    assert {z.register for z in document.z_keys} == {"OSLO-1", "OSLO-2"}
    assert project.references() == [document.reference]


def test_a_late_z_starts_a_second_document_and_doubles_nothing(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project(PER_STORE)
    folder = project.landing / "oslo" / "2025-11-18"
    headers = {f.name: f.read_text(encoding="utf-8").splitlines()[0].split(",") for f in folder.glob("*.csv")}
    late = _keep_register(folder, "OSLO-1")
    assert outcome(project.run(OSLO, instance)) == "1 new"
    (before,) = project.vouchers()

    part = folder / "late-register"
    part.mkdir()
    for name, rows in late.items():
        _write(part / name, rows, headers[name])
    result = project.run(OSLO, instance)

    assert result.success, failures(result)
    assert outcome(result) == "1 new, 1 already posted"
    documents = {d.document_key: {z.register for z in d.z_keys} for d in project.log.documents()}
    assert documents == {"oslo/2025-11-18": {"OSLO-1"}, "oslo/2025-11-18.2": {"OSLO-2"}}
    assert project.vouchers()[0] == before
    assert len(project.references()) == 2
    whole = make_project(PER_STORE)
    whole.run(OSLO, instance)
    assert _balances(project) == _balances(whole)
    assert outcome(project.run(OSLO, instance)) == "2 already posted"


def _balances(project: Project) -> Counter[int]:
    """Øre per account; roundings of two registers cancel in one voucher and not in two."""
    found: Counter[int] = Counter()
    for line in (line for v in project.vouchers() for line in v.lines):
        found[line.account] += line.amount_ore
    assert found.total() == 0
    return found


@pytest.mark.parametrize(
    ("first", "then", "keys"),
    [
        ("register", "store", ["oslo/OSLO-1/Z1", "oslo/OSLO-2/Z1"]),
        ("store", "register", ["oslo/2025-11-18"]),
    ],
)
def test_a_changed_granularity_leaves_what_is_out_as_it_is(
    make_project: MakeProject, instance: dg.DagsterInstance, first: str, then: str, keys: list[str]
) -> None:
    project = make_project({"stores": {"oslo": {"journal_per": first}}})
    assert project.run(OSLO, instance).success
    saves = project.calls(SAVE)
    changed = project.changed({"stores": {"oslo": {"journal_per": then}}})
    again = changed.run(OSLO, instance)
    assert again.success, failures(again)
    assert outcome(again) == f"{len(keys)} already posted"
    assert project.calls(SAVE) == saves
    assert sorted(d.document_key for d in project.log.documents()) == keys
    # The next day goes by the new setting.
    assert changed.run(store_day("oslo", 1), instance).success
    new = [d for d in project.log.documents() if d.business_day != OSLO.business_day]
    assert {d.granularity for d in new} == {then}
    assert len(new) == (1 if then == "store" else 2)


def test_a_z_with_other_content_than_posted_is_held_and_named(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(OSLO, instance).success
    changed = project.changed({"companies": {"nordlys": {"ledger": {"tenders": {"KORT": {"account": 1902}}}}}})
    result = changed.run(OSLO, instance)
    assert not result.success
    told = failures(result)["posted_journals"]
    assert told.metadata["kind"] == "held"
    assert "with other content" in told.description
    assert "1902" in told.description
    assert project.calls(SAVE) == 2
    assert {d.state for d in project.log.documents()} == {State.POSTED}


def test_A17_a_z_without_sales_posts_nothing_and_the_day_is_complete(
    project: Project, instance: dg.DagsterInstance
) -> None:
    source = project.landing / "tromso" / "2025-11-18"
    where = store_day("tromso", 1)
    folder = project.landing / "tromso" / str(where.business_day)
    shutil.rmtree(folder)
    folder.mkdir()
    for name in ("z_reports", "z_vat", "z_tenders"):
        with (source / f"{name}.csv").open(encoding="utf-8", newline="") as opened:
            (row, *_) = csv.DictReader(opened)
        kept = {"register", "z_number", "business_day", "opened_at", "closed_at"}
        empty = {
            key: value if key in kept else "0" if key in ("sales_total", "rounding", "receipt_count") else ""
            for key, value in row.items()
        }
        empty["z_number"] = "2"
        if name == "z_reports":
            empty |= {
                "business_day": str(where.business_day),
                "opened_at": f"{where.business_day}T09:00:00+01:00",
                "closed_at": f"{where.business_day}T18:00:00+01:00",
            }
        _write(folder / f"{name}.csv", [empty] if name == "z_reports" else [], list(row))

    result = project.run(where, instance)

    assert result.success, failures(result)
    assert red(result) == set()
    assert outcome(result) == "nothing to post: no sales"
    assert project.calls() == 0
    assert checks(result)["ledger_agrees"].passed
