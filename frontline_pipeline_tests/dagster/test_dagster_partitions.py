"""Partition keys: one place that reads them, stable whatever the clocks and the settings do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.partitions import CompanyMonth, StoreDay, StorePartitions
from frontline_pipeline.settings import STORE_CODE, Settings
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import example_settings, overlaid, store_day


def partitions(**changes: Any) -> StorePartitions:
    return StorePartitions(Settings.model_validate(overlaid(example_settings(), changes)))


def keys(of: dg.PartitionsDefinition[str], at: dt.datetime) -> list[str]:
    return list(of.get_partition_keys(current_time=at))


NOVEMBER = dt.datetime(2025, 11, 20, 12, tzinfo=dt.UTC)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2200, 1, 1)), st.from_regex(STORE_CODE, fullmatch=True))
@settings(max_examples=60, deadline=None)
def test_a_key_is_read_as_it_is_written(day: dt.date, store: str) -> None:
    where = StoreDay(day, store)
    assert StoreDay.parse(str(where)) == where
    assert str(where) == f"{day.isoformat()}|{store}" == str(where.key)
    assert where.key.keys_by_dimension == {"business_day": day.isoformat(), "store": store}


@pytest.mark.parametrize(
    "wrong", ["", "oslo", "2025-11-18", "oslo|2025-11-18", "2025-11-18|", "2025-02-30|oslo", "|oslo"]
)
def test_what_is_no_key_is_refused_with_the_form_wanted(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is not a store-day such as 2026-11-23\|oslo"):
        StoreDay.parse(wrong)


def test_a_context_gives_its_store_day_from_text_and_from_a_multi_partition_key() -> None:
    for key in ("2025-11-18|oslo", store_day("oslo").key):
        assert StoreDay.from_context(dg.build_asset_context(partition_key=key)) == store_day("oslo")
    month = CompanyMonth("nordlys", dt.date(2025, 11, 1))
    assert str(month.key) == "nordlys|2025-11-01"
    assert CompanyMonth.from_context(dg.build_asset_context(partition_key=str(month.key))) == month
    assert CompanyMonth.of("nordlys", dt.date(2025, 11, 30)) == month


def test_the_newest_store_day_is_yesterday_in_norway() -> None:
    store_days = partitions().store_days
    # Half past eleven at night in London is half past midnight in Oslo.
    late = dt.datetime(2025, 11, 20, 23, 30, tzinfo=dt.UTC)
    assert keys(store_days, late)[-1].startswith("2025-11-20|")
    assert keys(store_days, late - dt.timedelta(hours=1))[-1].startswith("2025-11-19|")
    offset = partitions(partitions={"end_offset": 1}).store_days
    assert keys(offset, late)[-1].startswith("2025-11-21|")


@pytest.mark.parametrize("change", [dt.date(2025, 3, 30), dt.date(2025, 10, 26)], ids=["23 hours", "25 hours"])
def test_B03_the_day_the_clocks_change_is_one_day_like_any_other(change: dt.date) -> None:
    made = partitions(partitions={"start": change - dt.timedelta(days=2)})
    after = dt.datetime.combine(change + dt.timedelta(days=3), dt.time(12), dt.UTC)
    days = sorted({StoreDay.parse(key).business_day for key in keys(made.store_days, after)})
    assert days == [change + dt.timedelta(days=n) for n in range(-2, 3)]
    assert len(keys(made.store_days, after)) == 5 * 3
    daily = made.store_days.get_partitions_def_for_dimension("business_day")
    assert isinstance(daily, dg.DailyPartitionsDefinition)
    window = daily.time_window_for_partition_key(change.isoformat())
    hours = (window.end.timestamp() - window.start.timestamp()) / 3600
    assert hours == (23 if change.month == 3 else 25)
    assert (window.start.hour, window.end.hour) == (0, 0)
    # Where the windows of two days meet, no hour is lost and none is in both.
    before = daily.time_window_for_partition_key((change - dt.timedelta(days=1)).isoformat())
    assert before.end == window.start


def test_B03_keys_do_not_move_with_the_season_they_are_listed_in() -> None:
    made = partitions(partitions={"start": dt.date(2025, 3, 1)}).store_days
    summer = keys(made, dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC))
    winter = keys(made, NOVEMBER)
    assert winter[: len(summer)] == summer
    assert made.has_partition_key("2025-03-30|oslo")


def test_a_month_of_a_company_covers_its_stores_days_and_no_others() -> None:
    made = partitions()
    mapped = made.days_to_months.get_upstream_mapped_partitions_result_for_partitions(
        made.company_months.subset_with_partition_keys(["nordlys|2025-11-01"]),
        made.company_months,
        made.store_days,
        current_time=dt.datetime(2025, 12, 5, tzinfo=dt.UTC),
    )
    found = {StoreDay.parse(key) for key in mapped.partitions_subset.get_partition_keys()}
    wanted = {StoreDay(dt.date(2025, 11, n), store) for n in range(1, 31) for store in ("oslo", "bergen")}
    assert found == wanted


def test_F06_a_new_store_brings_its_partitions_and_moves_no_other(make_project: MakeProject) -> None:
    project = make_project(delivered=False, initialised=False)
    new = {
        "narvik": {
            "name": "Fjord Narvik",
            "company": "fjord",
            "registers": ["NARVIK-1"],
            "calendar": {"opened_on": dt.date(2025, 11, 15)},
        }
    }
    changed = project.changed({"stores": new})
    before, after = (_of(p.definitions, "z_reports") for p in (project, changed))
    old_keys, new_keys = keys(before, NOVEMBER), keys(after, NOVEMBER)
    assert [key for key in new_keys if not key.endswith("|narvik")] == old_keys
    assert [key for key in new_keys if key.endswith("|narvik")] == [f"2025-11-{n:02}|narvik" for n in range(1, 20)]
    specs = [spec for a in changed.definitions.assets or [] for spec in getattr(a, "check_specs", [])]
    checks = {str(spec.partitions_def) for spec in specs if spec.asset_key.path[-1] in ("z_reports", "receipts")}
    assert len(checks) == 1
    # History on request: days before the opening exist and are closed, the rest is missing until it is delivered.
    with dg.DagsterInstance.ephemeral() as instance:
        assert changed.run(StoreDay(dt.date(2025, 11, 14), "narvik"), instance).success
        assert not changed.run(StoreDay(dt.date(2025, 11, 15), "narvik"), instance).success


def _of(definitions: dg.Definitions, asset: str) -> dg.PartitionsDefinition[str]:
    found = definitions.resolve_asset_graph().get(dg.AssetKey(asset)).partitions_def
    assert found is not None
    return found
