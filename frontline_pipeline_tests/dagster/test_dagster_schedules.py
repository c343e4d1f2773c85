"""Schedules: which store-days and months they ask for, by Norwegian time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from frontline_pipeline.automation import readback_months
from frontline_pipeline.definitions import build_definitions
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import Project

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(scope="module")
def definitions(shared_project: Project) -> dg.Definitions:
    return build_definitions(shared_project.loaded)


def asked(definitions: dg.Definitions, name: str, at: dt.datetime) -> list[dg.RunRequest]:
    """The run requests of a schedule's tick."""
    schedule = definitions.resolve_schedule_def(name)
    repository = definitions.get_repository_def()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at, repository_def=repository)
        return list(schedule.evaluate_tick(context).run_requests or [])


@pytest.mark.parametrize(
    ("morning", "yesterday"),
    [
        (dt.datetime(2025, 11, 20, 6, tzinfo=OSLO), "2025-11-19"),
        (dt.datetime(2026, 1, 1, 6, tzinfo=OSLO), "2025-12-31"),
        # The mornings after the clocks changed, and the ones on which they did.
        (dt.datetime(2026, 3, 29, 6, tzinfo=OSLO), "2026-03-28"),
        (dt.datetime(2026, 3, 30, 6, tzinfo=OSLO), "2026-03-29"),
        (dt.datetime(2026, 10, 25, 6, tzinfo=OSLO), "2026-10-24"),
        (dt.datetime(2026, 10, 26, 6, tzinfo=OSLO), "2026-10-25"),
    ],
)
def test_each_morning_asks_for_yesterday_of_every_store(
    definitions: dg.Definitions, morning: dt.datetime, yesterday: str
) -> None:
    requests = asked(definitions, "nightly_store_days", morning)
    assert [str(r.partition_key) for r in requests] == [f"{yesterday}|{s}" for s in ("oslo", "bergen", "tromso")]
    assert len({r.run_key for r in requests}) == 3


def test_the_schedules_run_by_norwegian_time_at_the_hour_of_the_settings(make_project: MakeProject) -> None:
    project = make_project({"schedule": {"hour": 23, "minute": 40}}, delivered=False, initialised=False)
    days = project.definitions.resolve_schedule_def("nightly_store_days")
    months = project.definitions.resolve_schedule_def("nightly_readback")
    assert (days.cron_schedule, days.execution_timezone) == ("40 23 * * *", "Europe/Oslo")
    assert (months.cron_schedule, months.execution_timezone) == ("40 0 * * *", "Europe/Oslo")


def test_the_read_back_asks_for_the_running_month_and_for_ten_days_the_one_before(definitions: dg.Definitions) -> None:
    def keys(at: dt.datetime) -> list[str]:
        return [str(r.partition_key) for r in asked(definitions, "nightly_readback", at)]

    early = keys(dt.datetime(2025, 12, 10, 7, tzinfo=OSLO))
    assert early == ["nordlys|2025-12-01", "nordlys|2025-11-01", "fjord|2025-12-01", "fjord|2025-11-01"]
    assert keys(dt.datetime(2025, 12, 11, 7, tzinfo=OSLO)) == ["nordlys|2025-12-01", "fjord|2025-12-01"]
    # The first month of the grid has none before it.
    assert keys(dt.datetime(2025, 11, 2, 7, tzinfo=OSLO)) == ["nordlys|2025-11-01", "fjord|2025-11-01"]


def test_the_read_backs_day_is_the_norwegian_one(definitions: dg.Definitions) -> None:
    """Seven in the morning by the schedule; a tick that comes in UTC just before midnight belongs to Norway's next day."""
    requests = asked(definitions, "nightly_readback", dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC))
    assert str(requests[0].partition_key) == "nordlys|2026-01-01"
    assert requests[0].run_key == "2026-01-01-nordlys|2026-01-01"


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (dt.date(2026, 1, 10), [(2026, 1), (2025, 12)]),
        (dt.date(2026, 1, 11), [(2026, 1)]),
        (dt.date(2025, 11, 1), [(2025, 11)]),
        (dt.date(2025, 12, 1), [(2025, 12), (2025, 11)]),
    ],
)
def test_months(today: dt.date, months: list[tuple[int, int]]) -> None:
    found = readback_months(["a"], today, start=dt.date(2025, 11, 15))
    assert [(m.month.year, m.month.month) for m in found] == months


def test_every_key_that_a_schedule_asks_for_exists(definitions: dg.Definitions) -> None:
    at = dt.datetime(2025, 12, 1, 7, tzinfo=OSLO)
    job = definitions.resolve_job_def("ledger_readback_job")
    assert job.partitions_def is not None
    for request in asked(definitions, "nightly_readback", at):
        assert job.partitions_def.has_partition_key(str(request.partition_key))


@pytest.mark.parametrize(
    ("hour", "minute", "cron", "at", "day"),
    [
        (6, 0, "30 6 * * *", dt.datetime(2025, 11, 20, 6, 30, tzinfo=OSLO), "2025-11-19"),
        (23, 29, "59 23 * * *", dt.datetime(2025, 11, 19, 23, 59, tzinfo=OSLO), "2025-11-18"),
        # Past midnight the store-days of the evening are still those of the day before it.
        (23, 40, "10 0 * * *", dt.datetime(2025, 11, 20, 0, 10, tzinfo=OSLO), "2025-11-18"),
    ],
)
def test_the_trade_asks_for_the_store_days_that_ran_half_an_hour_before(
    make_project: MakeProject, hour: int, minute: int, cron: str, at: dt.datetime, day: str
) -> None:
    project = make_project({"schedule": {"hour": hour, "minute": minute}}, delivered=False, initialised=False)
    schedule = project.definitions.resolve_schedule_def("nightly_trade")
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "Europe/Oslo")
    requests = asked(project.definitions, "nightly_trade", at)
    assert [str(r.partition_key) for r in requests] == [f"{day}|{s}" for s in ("oslo", "bergen", "tromso")]
    evening = asked(project.definitions, "nightly_store_days", at - dt.timedelta(minutes=30))
    assert [r.partition_key for r in evening] == [r.partition_key for r in requests]


def test_the_tie_out_asks_for_the_day_that_was_posted_two_hours_before(make_project: MakeProject) -> None:
    project = make_project({"schedule": {"hour": 23, "minute": 40}}, delivered=False, initialised=False)
    schedule = project.definitions.resolve_schedule_def("nightly_tie_out")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("40 1 * * *", "Europe/Oslo")
    # Past midnight the store-days of the evening are still those of the day before it.
    requests = asked(project.definitions, "nightly_tie_out", dt.datetime(2025, 11, 20, 1, 40, tzinfo=OSLO))
    assert [str(r.partition_key) for r in requests] == [f"2025-11-18|{s}" for s in ("oslo", "bergen", "tromso")]
    assert len({r.run_key for r in requests}) == 3
    # Before the grid begins there is nothing to look at.
    assert asked(project.definitions, "nightly_tie_out", dt.datetime(2025, 11, 1, 1, 40, tzinfo=OSLO)) == []


def test_the_roll_forward_asks_for_the_months_that_the_read_back_reads(definitions: dg.Definitions) -> None:
    at = dt.datetime(2025, 12, 10, 8, tzinfo=OSLO)
    months = [str(r.partition_key) for r in asked(definitions, "nightly_roll_forward", at)]
    assert months == [str(r.partition_key) for r in asked(definitions, "nightly_readback", at)]
    assert len(months) == 4
