"""B08: a Z that is not there yet: its store-day waits, is run when its extract comes, is late after N hours, and alerts once."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from frontline_pipeline.automation import STORE_DAY_JOB, TRADE_JOB
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.late import requests
from frontline_pipeline.lateness import Late, late, window
from frontline_pipeline.resources import SettingsResource
from frontline_pipeline.settings import Settings
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import QUIET, Project, day, example_settings, failures, overlaid, store_day

OSLO = ZoneInfo("Europe/Oslo")
TROMSO = store_day("tromso", 1)
LOOK = {"schedule": {"late_days": 5, "late_after_hours": 36}}
ALL = ("oslo", "bergen", "tromso")


def noon(offset: int, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(day(offset), dt.time(hour), OSLO)


def settings(**schedule: Any) -> Settings:
    return Settings.model_validate(overlaid(example_settings(), {"schedule": {**LOOK["schedule"], **schedule}}))


def asked(project: Project, instance: dg.DagsterInstance, now: dt.datetime) -> list[dg.RunRequest]:
    """What the sensor asks for at a moment."""
    resource = SettingsResource(config_dir=str(project.loaded.config_dir), state_dir=str(project.loaded.paths.state))
    found = requests(instance, resource, now, run=STORE_DAY_JOB, trade=TRADE_JOB, alert="late_store_day_job")
    return [each for each in found if isinstance(each, dg.RunRequest)]


def test_B08_waits_is_late_alerts_once_and_runs_when_it_comes(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project({**LOOK, "partitions": {"start": day(1)}})
    landed = project.landing / TROMSO.store / str(TROMSO.business_day)
    kept = shutil.move(landed, project.root / "not-yet")
    for store in ("oslo", "bergen"):
        shutil.rmtree(project.landing / store)
    only_tromso = project.changed(
        {"stores": {"oslo": {"calendar": {"closed_on": day(1)}}, "bergen": {"calendar": {"closed_on": day(1)}}}}
    )

    # Its own run in the morning after fails as missing, and no more is asked for while it waits.
    assert failures(only_tromso.run(TROMSO, instance))["raw_z_reports"].metadata["kind"] == "missing"
    assert asked(only_tromso, instance, noon(2)) == []

    # 36 hours after its midnight it is late: the same request at every look, which Dagster starts once.
    first = asked(only_tromso, instance, noon(3, 13))
    again = asked(only_tromso, instance, noon(3, 14))
    alerts = [r for r in first if r.job_name == "late_store_day_job"]
    assert [r.run_key for r in alerts] == [f"late|{TROMSO}"]
    assert [r.run_key for r in again if r.job_name == "late_store_day_job"] == [f"late|{TROMSO}"]
    alert = only_tromso.definitions.resolve_job_def("late_store_day_job")
    config = {**QUIET, **alerts[0].run_config}
    alarm = alert.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    told = failures(alarm)["late_store_day"]
    assert told.description.startswith(f"{TROMSO} is late: more than 36 hours past. No extract of store tromso")
    assert (told.metadata["kind"], "frontline import" in told.metadata["what_to_do"]) == ("late", True)

    # It comes: the store-day is run, once.
    shutil.move(kept, landed)
    (run,) = [r for r in asked(only_tromso, instance, noon(3, 15)) if r.partition_key == TROMSO.key]
    assert (run.job_name, run.run_key) == (STORE_DAY_JOB, f"arrived|{TROMSO}")
    assert only_tromso.run(TROMSO, instance).success
    assert [r for r in asked(only_tromso, instance, noon(3, 16)) if str(TROMSO) in str(r.run_key)] == []
    assert alert.execute_in_process(run_config=config, instance=instance, raise_on_error=False).success


def test_B08_customers_and_orders_that_were_looked_for_before_the_extract_came_are_looked_for_again(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    """A store-day without orders is no fault, so an empty one that ran too early would hide those that came."""
    project = make_project({**LOOK, "partitions": {"start": day(1)}})

    def done(*assets: str) -> None:
        for asset in assets:
            instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=TROMSO.key))

    def traded() -> list[str | None]:
        return [r.run_key for r in asked(project, instance, noon(2)) if r.job_name == TRADE_JOB]

    done("raw_z_reports", "receipts")
    assert traded() == [], "a store-day that takes no part in trade was run"
    done("raw_orders")
    assert traded() == [], "trade came after the store-day, as it should"
    done("raw_z_reports")
    assert traded() == [], "the store-day is still under way"
    done("receipts")
    assert traded() == [f"trade|{TROMSO}"]
    done("raw_orders")
    assert traded() == []


def test_B08_the_sensor_is_off_by_default_and_asks_through_the_definitions(
    project: Project, instance: dg.DagsterInstance
) -> None:
    sensor = project.definitions.resolve_sensor_def("late_extracts")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    resources = {
        "settings": SettingsResource(
            config_dir=str(project.loaded.config_dir), state_dir=str(project.loaded.paths.state)
        )
    }
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        ticked = sensor.evaluate_tick(context)
    # The extracts are of another year than today's window: nothing delivered in it, everything in it overdue but closed days.
    assert {request.job_name for request in ticked.run_requests or []} == {"late_store_day_job"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (noon(2, 5), (day(-3), day(1) - dt.timedelta(days=1))),
        (noon(2, 6), (day(-3), day(1))),
        (noon(2, 23), (day(-3), day(1))),
    ],
)
def test_B08_only_days_whose_own_run_is_due_are_looked_at(now: dt.datetime, expected: tuple[dt.date, dt.date]) -> None:
    found = window(settings(), now)
    assert found is not None
    assert found[1] == expected[1]
    assert (found[1] - found[0]).days == 4
    assert window(settings(), dt.datetime(2025, 11, 1, 12, tzinfo=OSLO)) is None


def test_B08_closed_and_covered_days_are_not_late(tmp_path: Any) -> None:
    tree = settings(late_after_hours=1)
    nothing = FileExtracts(tmp_path)
    # Sunday 23 November: oslo and tromso are closed; Monday: bergen is.
    sunday, monday = day(5), day(6)
    found = late(tree, nothing, {}, noon(8), (sunday, monday))
    assert found == Late((), (("bergen", sunday), ("oslo", monday), ("tromso", monday)))
    done = {"oslo": [monday], "bergen": [sunday]}
    assert late(tree, nothing, done, noon(8), (sunday, monday)).overdue == (("tromso", monday),)
    early = late(tree, nothing, {}, dt.datetime.combine(day(7), dt.time(0, 59), OSLO), (sunday, monday))
    assert early.overdue == (("bergen", sunday),)


def test_B08_the_hours_count_through_a_clock_change(tmp_path: Any) -> None:
    """The night to 26 October 2025 has 25 hours: 36 hours after its midnight are 36 hours."""
    tree = settings()
    saturday = dt.date(2025, 10, 25)
    midnight = dt.datetime(2025, 10, 26, 0, 0, tzinfo=OSLO)
    just = midnight.astimezone(dt.UTC) + dt.timedelta(hours=36)
    before = late(tree, FileExtracts(tmp_path), {}, just - dt.timedelta(seconds=1), (saturday, saturday))
    assert before.overdue == ()
    assert {store for store, _ in late(tree, FileExtracts(tmp_path), {}, just, (saturday, saturday)).overdue} == set(
        ALL
    )
