"""The real thing: webserver, daemon, runs in processes of their own, a browser; started once for the module.

Belongs here: what only real processes show - a backfill launched over GraphQL as the UI does, a page as a person sees it.
Does not: rules and outcomes, which the in-process tests show faster.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from frontline_pipeline.partitions import StoreDay
from frontline_pipeline_tests.dagster.dagster_processes import DagsterProcesses, eventually, tag
from frontline_pipeline_tests.support import FIRST, Project, metadata, need, running_project, store_day

pytestmark = pytest.mark.slow

ASSETS = ("raw_z_reports", "raw_receipts", "z_reports", "receipts", "journal_vouchers", "posted_journals")
BAD = store_day("tromso", 2)
CLOSED = StoreDay(dt.date(2025, 11, 16), "oslo")
"""A Sunday."""
MISSED = [store_day(store, n) for store in ("oslo", "tromso") for n in range(3)]
RELOAD = """
mutation Reload($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) { __typename }
}"""
LOCATION = "frontline_pipeline.definitions"
KEYS = """
query Keys($asset: AssetKeyInput!) {
  assetNodeOrError(assetKey: $asset) {
    ... on AssetNode { partitionKeysByDimension { name partitionKeys } }
  }
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, generated: Path) -> Iterator[Project]:
    with running_project(tmp_path_factory.mktemp("processes")) as made:
        shutil.copytree(generated, made.landing)
        yield made


@pytest.fixture(scope="module")
def dagster(project: Project) -> Iterator[DagsterProcesses]:
    processes = DagsterProcesses(project)
    try:
        processes.start_webserver()
        yield processes
    finally:
        processes.stop()


@pytest.fixture(scope="module")
def backfill(dagster: DagsterProcesses) -> dict[str, Any]:
    """The backfill of the missed days, at its end. The daemon starts after the launch: it looks for backfills when it starts,
    and then only every 30 s."""
    launched = dagster.launch_backfill(ASSETS, [*MISSED, CLOSED])
    dagster.start_daemon()
    return {**finished(dagster, launched), "id": launched}


def finished(dagster: DagsterProcesses, backfill_id: str) -> dict[str, Any]:
    """A backfill when every run of it has ended; the daemon declares it ended up to 30 s later, which is not waited for."""

    def ended() -> dict[str, Any] | None:
        found = dagster.backfill(backfill_id)
        done = [run for run in found["runs"] if run["status"] in ("SUCCESS", "FAILURE", "CANCELED")]
        return found if len(done) == found["numPartitions"] else None

    return eventually(ended, 240, f"the runs of the backfill end ({dagster.tail('daemon')})")


def test_F01_a_backfill_from_the_ui_ends_done_held_or_empty(backfill: dict[str, Any], project: Project) -> None:
    """Two stores, three days and a closed one: the scenario's 10 x 365 at the size of a test; every partition ends, none leaks."""
    ended = {tag(run, "dagster/partition"): run["status"] for run in backfill["runs"]}
    wanted = {str(where): "FAILURE" if where == BAD else "SUCCESS" for where in [*MISSED, CLOSED]}
    assert ended == wanted
    expected = [f"oslo/OSLO-{r}/Z{z}/r1" for r in (1, 2) for z in (1, 2, 3)] + [
        f"tromso/TROMSO-1/Z{z}/r1" for z in (1, 2)
    ]
    assert project.references() == sorted(expected), "each good day once, nothing of the held and the closed one"


def test_F02_each_checks_result_lies_on_its_own_partition(backfill: dict[str, Any], dagster: DagsterProcesses) -> None:
    """A backfill runs several store-days at once; the check of one never shows on another."""
    for asset in ("z_reports", "receipts"):
        for name, grid in dagster.check_statuses(asset).items():
            wanted = {str(where): "succeeded" for where in [*MISSED, CLOSED]}
            if asset == "receipts":
                wanted[str(BAD)] = "executionFailed"  # blocked: never ran
            elif name == "z_balances":
                wanted[str(BAD)] = "failed"
            assert grid == wanted, f"{asset}: {name}"


def test_F03_the_held_day_is_held_by_its_check_and_nothing_of_it_was_sent(
    backfill: dict[str, Any], dagster: DagsterProcesses, project: Project
) -> None:
    """The failed check blocks posting in its own run; the day's own sentence stands at its partition."""
    (execution,) = dagster.executions("z_reports", "z_balances", BAD)
    assert execution["evaluation"]["partition"] == str(BAD)
    assert "does not balance" in execution["evaluation"]["description"]
    assert {"what_to_do", "findings"} <= {entry["label"] for entry in execution["evaluation"]["metadataEntries"]}
    assert not [name for name in project.references() if name.startswith("tromso/TROMSO-1/Z3")]
    assert project.log.day(BAD.store, BAD.business_day) is None


def test_F04_running_posted_days_again_writes_nothing(
    backfill: dict[str, Any], dagster: DagsterProcesses, project: Project
) -> None:
    """On the instance that the UI shows, but from this process: a second backfill would only add the daemon's half minute."""
    before, calls = project.references(), project.calls()
    with dg.DagsterInstance.from_config(str(dagster.home)) as shared:
        for where in (store_day("oslo"), store_day("tromso")):
            result = project.run(where, shared)
            assert result.success
            assert str(metadata(result, "posted_journals")["outcome"]).endswith("already posted")
    assert project.references() == before
    assert project.calls() == calls, "24SevenOffice was not asked anything"
    assert dagster.check_statuses("z_reports")["z_balances"][str(BAD)] == "failed", (
        "another day's green does not hide it"
    )


def test_a_read_back_shows_on_the_partitions_of_posted_journals(
    backfill: dict[str, Any], dagster: DagsterProcesses, project: Project
) -> None:
    """The one use of Dagster's inside: a check of another asset's partition, reported from within a run, twice in a row."""
    with dg.DagsterInstance.from_config(str(dagster.home)) as shared:
        for _ in range(2):
            assert project.read_back("nordlys", FIRST, shared).success
        oslo = {str(where): "succeeded" for where in MISSED if where.store == "oslo"}
        grid = dagster.check_statuses("posted_journals")["ledger_agrees"]
        assert {key: grid[key] for key in oslo} == oslo
        assert grid[str(BAD)] == "executionFailed", "nothing was posted on the held day"
        assert grid[str(store_day("tromso"))] == "failed", "posted, and not read back yet"

        with project.server.store.writing() as ledger:
            moved = "update entries set account = 1920 where invoice_no = ? and account = 1901"
            assert ledger.execute(moved, ["oslo/OSLO-1/Z3/r1"]).rowcount == 1
        assert project.read_back("nordlys", FIRST, shared).success

    drifted = store_day("oslo", 2)
    grid = dagster.check_statuses("posted_journals")["ledger_agrees"]
    assert {key: grid[key] for key in oslo} == {**oslo, str(drifted): "failed"}
    newest, *older = dagster.executions("posted_journals", "ledger_agrees", drifted)
    assert [each["status"] for each in older[:2]] == ["SUCCEEDED", "SUCCEEDED"]
    assert newest["evaluation"]["severity"] == "ERROR"
    assert "changed in the ledger" in newest["evaluation"]["description"]
    posted_by = {tag(run, "dagster/partition"): run["id"] for run in backfill["runs"]}
    assert newest["evaluation"]["targetMaterialization"]["runId"] == posted_by[str(drifted)]


def test_F01_the_backfill_itself_is_declared_ended(backfill: dict[str, Any], dagster: DagsterProcesses) -> None:
    """With a held day it ends as failed, which is the truth: a person has to look."""
    status = eventually(
        lambda: (found := dagster.backfill(backfill["id"])["status"]).startswith("COMPLETED") and found,
        60,
        "the daemon declares the backfill ended",
    )
    assert status == "COMPLETED_FAILED"


def test_F06_a_new_store_appears_when_the_code_location_is_reloaded(
    backfill: dict[str, Any], dagster: DagsterProcesses, project: Project
) -> None:
    """Somebody adds a store to the settings and presses Reload; its partitions are there, the others stay."""
    file = project.loaded.config_dir / "settings.yaml"
    before = file.read_text(encoding="utf-8")
    new = "stores:\n  molde: {name: Fjord Molde, company: fjord, registers: [MOLDE-1]}\n"
    try:
        file.write_text(before.replace("stores:\n", new, 1), encoding="utf-8")
        assert dagster.ask(RELOAD, name=LOCATION)["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
        dimensions = dagster.ask(KEYS, asset={"path": ["z_reports"]})["assetNodeOrError"]["partitionKeysByDimension"]
        stores = next(d["partitionKeys"] for d in dimensions if d["name"] == "store")
        assert set(stores) == {"oslo", "bergen", "tromso", "molde"}
        assert dagster.check_statuses("z_reports")["z_balances"][str(BAD)] == "failed", "history stays"
    finally:
        file.write_text(before, encoding="utf-8")
        dagster.ask(RELOAD, name=LOCATION)


@pytest.fixture(scope="module")
def page(dagster: DagsterProcesses) -> Iterator[Any]:
    """A page of a headless Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        need("chromium", "no chromium on PATH; install Debian's package `chromium`")
    from playwright.sync_api import sync_playwright

    quiet = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=[*quiet, "--disable-component-update", "--disable-sync"]
        )
        opened = browser.new_page(viewport={"width": 1500, "height": 1000})
        opened.set_default_timeout(120_000)
        yield opened
        browser.close()


def test_the_held_day_says_why_and_what_to_do_in_the_browser(
    page: Any, backfill: dict[str, Any], dagster: DagsterProcesses, tmp_path: Path
) -> None:
    page.goto(f"{dagster.url}/assets/z_reports?view=partitions&partition={str(BAD).replace('|', '%7C')}")
    page.get_by_text("HELD: nothing of this store-day is posted").first.wait_for()
    page.goto(f"{dagster.url}/assets/z_reports?view=checks&checkDetail=z_balances")
    page.get_by_role("tab", name="Partitions").last.click()
    page.get_by_placeholder("Filter by business_day").last.fill(BAD.business_day.isoformat())
    page.get_by_text(BAD.store, exact=True).first.click()
    page.get_by_text("does not balance").first.wait_for()
    page.get_by_text("Nothing was posted").first.wait_for()
    page.get_by_text("TROMSO-1").first.wait_for()
    page.screenshot(path=str(tmp_path / "held.png"))


def test_a_missed_day_is_backfilled_by_clicks(
    page: Any, backfill: dict[str, Any], dagster: DagsterProcesses, project: Project
) -> None:
    """Job store_day, Materialize all, the day and the store, Launch: what the README tells a newcomer to do."""
    missed = store_day("bergen", 1)
    page.goto(f"{dagster.url}/locations/{LOCATION}/jobs/store_day")
    page.get_by_role("button", name="Materialize all").first.click()
    page.get_by_placeholder("ex:").fill(missed.business_day.isoformat())
    page.keyboard.press("Tab")
    page.get_by_text("Select a partition or create one").click()
    page.locator("[role=menuitem], li, a").filter(has_text=missed.store).last.click()
    page.get_by_text("Launch runs to materialize").click()
    page.get_by_role("button", name="Launch 1 run").click()
    wanted = f"bergen/{missed.business_day}/r1"
    eventually(lambda: wanted in project.references(), 120, f"{wanted} is in the ledger ({dagster.tail('daemon')})")
