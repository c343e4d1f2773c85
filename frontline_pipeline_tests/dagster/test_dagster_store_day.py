"""Store-days through the whole graph, in process: good, held and closed ones beside each other."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

from frontline_pipeline.accounting.rules import RULES
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.support import (
    FAULTED,
    SAVE,
    Project,
    check_history,
    checks,
    failures,
    metadata,
    red,
    started,
    store_day,
)

ASSETS = {"raw_z_reports", "raw_receipts", "z_reports", "receipts", "journal_vouchers", "posted_journals"}
GOOD = [store_day("oslo"), store_day("bergen"), store_day("tromso")]
BAD = FAULTED["unbalanced"]
SUNDAY = StoreDay(dt.date(2025, 11, 16), "oslo")


@dataclass
class Ran:
    project: Project
    instance: dg.DagsterInstance
    results: dict[StoreDay, dg.ExecuteInProcessResult]
    saves: dict[StoreDay, int]
    """SaveBundleList calls that each run cost."""


@pytest.fixture(scope="module")
def ran(shared_project: Project, shared_instance: dg.DagsterInstance) -> Ran:
    """The held day runs first and second to last: what follows it must go on."""
    results, saves = {}, {}
    for where in [BAD, *GOOD, SUNDAY]:
        before = shared_project.calls(SAVE)
        results[where] = shared_project.run(where, shared_instance)
        saves[where] = shared_project.calls(SAVE) - before
    return Ran(shared_project, shared_instance, results, saves)


@pytest.mark.parametrize("where", GOOD, ids=str)
def test_a_store_day_goes_all_the_way(ran: Ran, where: StoreDay) -> None:
    result = ran.results[where]
    assert result.success
    events = result.get_asset_materialization_events()
    assert {e.asset_key.path[-1] for e in events} == ASSETS
    assert {e.partition for e in events} == {str(where)}
    # The day between this one and the held one never ran: a gap, which is seen and holds nothing.
    assert red(result) == ({"z_chain"} if where.store == BAD.store else set())
    documents = ran.project.log.documents(store=where.store, day_from=where.business_day, day_to=where.business_day)
    vouchers = metadata(result, "journal_vouchers")["vouchers"]
    assert len(documents) == vouchers == ran.saves[where] == {"oslo": 2, "bergen": 1, "tromso": 1}[where.store]
    wanted = State.DRAFTED if where.store == "bergen" else State.POSTED
    assert {d.state for d in documents} == {wanted}
    references = ran.project.references()
    assert all(references.count(d.reference) == 1 for d in documents)


def test_posted_vouchers_are_the_days_takings_to_the_ore(ran: Ran) -> None:
    for where in GOOD:
        stated = metadata(ran.results[where], "journal_vouchers")["total_debit"]
        documents = ran.project.log.documents(store=where.store, day_from=where.business_day, day_to=where.business_day)
        of_day = {d.reference for d in documents}
        lines = [line for v in ran.project.vouchers() for line in v.lines if line.invoice_no in of_day]
        assert sum(line.amount_ore for line in lines) == 0
        debit = sum(line.amount_ore for line in lines if line.amount_ore > 0)
        digits = "".join(c for c in stated if c.isdigit())
        assert int(digits) == debit > 0
        assert {line.day for line in lines} == {where.business_day}


def test_every_declared_check_has_a_result_on_its_own_partition(ran: Ran) -> None:
    declared = {*RULES, "ledger_agrees", "z_chain"}
    for where in GOOD:
        found = ran.results[where].get_asset_check_evaluations()
        assert {e.check_name for e in found if e.partition == str(where)} == declared
        # What arrives says so to the store-days before and after it (test_dagster_z_chain.py).
        assert {e.check_name for e in found if e.partition != str(where)} <= {"z_chain"}
    for name, rule in RULES.items():
        assert checks(ran.results[GOOD[0]])[name].asset_key == dg.AssetKey(rule.asset)


def test_metadata_is_typed_and_no_money_is_a_float(ran: Ran) -> None:
    wanted = {
        "raw_z_reports": {"status": str, "dagster/row_count": int, "sources": list, "frames": str},
        "raw_receipts": {"status": str, "dagster/row_count": int, "sources": list},
        "z_reports": {"z_reports": list, "sales_total": str, "takings_by_tender": str},
        "receipts": {"status": str, "dagster/row_count": int},
        "journal_vouchers": {"vouchers": int, "total_debit": str, "lines": list},
        "posted_journals": {"outcome": str, "documents": list, "calls": int},
    }
    for asset, keys in wanted.items():
        found = metadata(ran.results[GOOD[0]], asset)
        for key, kind in keys.items():
            value = found[key].records if kind is list else found[key]
            assert isinstance(value, (kind, tuple)), (asset, key)
            assert value != "", (asset, key)
    for result in ran.results.values():
        for told in _all_metadata(result):
            for value in told.values():
                assert not isinstance(value, (dg.FloatMetadataValue, dg.JsonMetadataValue))
                if isinstance(value, dg.TableMetadataValue):
                    cells = [cell for record in value.records for cell in record.data.values()]
                    assert not any(isinstance(cell, float) for cell in cells)


def _all_metadata(result: dg.ExecuteInProcessResult) -> Iterator[dict[str, Any]]:
    for event in result.get_asset_materialization_events():
        yield dict(event.materialization.metadata)
    for evaluation in result.get_asset_check_evaluations():
        yield dict(evaluation.metadata)


def test_the_plot_of_the_takings_shows_the_tenders_and_fetches_nothing(ran: Ran) -> None:
    shown = metadata(ran.results[GOOD[0]], "z_reports")["takings_by_tender"]
    prefix = "![takings by tender](data:image/svg+xml;base64,"
    assert shown.startswith(prefix)
    svg = base64.b64decode(shown[len(prefix) : -1]).decode()
    assert "KORT" in svg
    assert svg.replace("http://www.w3.org/2000/svg", "").count("http") == 0


def test_F03_a_blocking_check_stops_its_own_store_day_and_no_other(ran: Ran) -> None:
    held = ran.results[BAD]
    assert not held.success
    assert red(held) == {"z_balances"}
    told = metadata(held, "z_reports")
    assert (told["status"], told["held_by"]) == ("held", "z_balances")
    assert started(held) == {"raw_z_reports", "raw_receipts", "z_reports", "z_chain"}
    assert ran.saves[BAD] == 0
    assert ran.project.log.day(BAD.store, BAD.business_day) is None
    assert not [r for r in ran.project.references() if r.startswith(f"{BAD.store}/") and "Z3" in r]
    # The same store and the same day go on elsewhere.
    assert ran.saves[store_day("tromso")] == 1


def test_F03_the_check_says_what_came_and_what_to_do(ran: Ran) -> None:
    result = checks(ran.results[BAD])["z_balances"]
    assert "does not balance" in (result.description or "")
    assert result.metadata["what_to_do"].value
    (row, *_) = result.metadata["findings"].records
    assert (row.data["store"], row.data["business_day"]) == (BAD.store, str(BAD.business_day))
    assert (row.data["register"], row.data["z_number"], row.data["rule"]) == ("TROMSO-1", "3", "z_balances")
    assert row.data["difference"] == "-500.00"
    assert {"expected", "actual", "what_to_do"} <= row.data.keys()


def test_F02_the_results_of_two_store_days_stay_apart(ran: Ran) -> None:
    """The newest result of a check is green; the held day's red one must still be found under its own partition."""
    for where, wanted in [(BAD, "FAILED"), *((good, "SUCCEEDED") for good in GOOD), (SUNDAY, "SUCCEEDED")]:
        assert check_history(ran.instance, "z_reports", "z_balances", where) == [wanted], where


def test_B13_a_closed_day_materialises_as_closed_and_nothing_is_sent(ran: Ran) -> None:
    result = ran.results[SUNDAY]
    assert result.success
    assert {e.asset_key.path[-1] for e in result.get_asset_materialization_events()} == ASSETS
    assert all(each.passed for each in checks(result).values())
    assert ran.saves[SUNDAY] == 0
    for asset in ("raw_z_reports", "z_reports", "journal_vouchers", "posted_journals"):
        found = metadata(result, asset)
        assert (found["status"], found["note"]) == ("closed", "closed on sundays")


def test_F09_no_secret_reaches_events_state_or_frames(ran: Ran) -> None:
    secrets = [
        value for name, value in ran.project.loaded.secrets.items() if "PASSWORD" in name or "APPLICATION" in name
    ]
    assert len(secrets) == 4
    events = "\n".join(
        str(record.event_log_entry)
        for result in ran.results.values()
        for record in ran.instance.get_records_for_run(result.run_id).records
    )
    assert "oslo" in events
    session = sorted((ran.project.loaded.paths.state / "sessions").glob("*.json"))
    assert [p.stem for p in session] == ["fjord", "nordlys"]
    assert all(p.stat().st_mode & 0o077 == 0 for p in session)
    files = {p: p.read_bytes() for p in ran.project.loaded.paths.state.rglob("*") if p.is_file()}
    for secret in secrets:
        assert secret not in events
        assert not [p for p, content in files.items() if secret.encode() in content]
    for file in session:
        token = max(re.findall(r"[a-z0-5]{24}", file.read_text()), key=len)
        assert token not in events
        assert not [p for p, content in files.items() if p not in session and token.encode() in content]


def test_what_a_failed_step_tells(ran: Ran) -> None:
    assert set(failures(ran.results[BAD])) == {"z_reports"}
