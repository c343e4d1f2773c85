"""Late extracts: a store-day whose extract came after its run is run, then its customers and orders; one that never came alerts once.

Belongs here: what the sensor asks for, the job whose failure is the alert.
Does not: which store-days are late (lateness.py), the sensor itself and the jobs that it runs (automation.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt
from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from frontline_pipeline.assets.extract import failure
from frontline_pipeline.checks.reporting import latest_materialisations
from frontline_pipeline.frontline.delivery import MissingExtract, deliver_z_reports
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.lateness import late, window
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.resources import SettingsResource

ALERT = "late_store_day"
EVERY_SECONDS = 900
"""How often the sensor looks: it lists folders (or asks one view) and the event log, nothing else."""
_ASSET = dg.AssetKey("raw_z_reports")
"""Materialised means: read with success. A day that failed as missing has none, a day that is held has."""
_PROVEN, _ORDERS = dg.AssetKey("receipts"), dg.AssetKey("raw_orders")
"""Of the store-day the last that orders are made from, and the first of its orders: where the former is the newer, customers and orders
were looked for before the extract came, and found to be none."""


class LateForm(dg.Config):
    """A store-day whose extract has not come."""

    store: str = Field("", description="Store code.")
    business_day: str = Field("", description="Business day, YYYY-MM-DD.")


@dg.op(
    name=ALERT,
    description="Fails when the extract of a store-day has still not come: the alert of the sensor late_extracts.",
    out=dg.Out(dg.Nothing),
)
def late_store_day(context: dg.OpExecutionContext, config: LateForm, settings: SettingsResource) -> None:
    """A failed run is what Dagster's alerts hang on; it is asked for once for each store-day."""
    store_day = StoreDay(dt.date.fromisoformat(config.business_day), config.store)
    try:
        deliver_z_reports(settings.extracts(), settings.profile(config.store), store_day.business_day)
    except MissingExtract as missing:
        hours = settings.settings.schedule.late_after_hours
        raise failure(
            "late", f"{store_day} is late: more than {hours} hours past. {missing}", missing.next_step
        ) from None
    except ExtractError as error:
        context.log.warning(f"{store_day} has come, and cannot be read: {error}")
    context.log.info(f"{store_day} is not late any more")


def alert_job() -> dg.JobDefinition:
    """The job whose failure is the alert."""
    graph = dg.GraphDefinition(name=f"{ALERT}_job", node_defs=[late_store_day], description=late_store_day.description)
    return graph.to_job(executor_def=dg.in_process_executor)


def requests(
    instance: dg.DagsterInstance, settings: SettingsResource, now: dt.datetime, *, run: str, trade: str, alert: str
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Runs of the job `run` for store-days whose extract came late, then of `trade` where that ran too early, and of the job `alert` for
    those that are overdue; the same run key each time, so that Dagster starts each of them once."""
    days = window(settings.settings, now)
    if days is None:
        yield dg.SkipReason("no store-day is due yet")
        return
    try:
        found = late(settings.settings, settings.extracts(), _materialised(instance, settings, days), now, days)
    except ExtractError as error:
        yield dg.SkipReason(f"the source of extracts does not answer: {error}")
        return
    for store, day in found.arrived:
        key = StoreDay(day, store).key
        yield dg.RunRequest(run_key=f"arrived|{key}", partition_key=key, job_name=run)
    early = _traded_too_early(instance, settings, days)
    for again in early:
        yield dg.RunRequest(run_key=f"trade|{again}", partition_key=again, job_name=trade)
    for store, day in found.overdue:
        form = {"store": store, "business_day": day.isoformat()}
        yield dg.RunRequest(
            run_key=f"late|{StoreDay(day, store)}", job_name=alert, run_config={"ops": {ALERT: {"config": form}}}
        )
    if not found.arrived and not found.overdue and not early:
        yield dg.SkipReason(f"nothing is late from {days[0]} to {days[1]}")


def _materialised(
    instance: dg.DagsterInstance, settings: SettingsResource, days: tuple[dt.date, dt.date]
) -> dict[str, set[dt.date]]:
    done: dict[str, set[dt.date]] = {}
    for key in latest_materialisations(instance, _ASSET, _keys(settings, days)):
        known = StoreDay.parse(key)
        done.setdefault(known.store, set()).add(known.business_day)
    return done


def _traded_too_early(
    instance: dg.DagsterInstance, settings: SettingsResource, days: tuple[dt.date, dt.date]
) -> list[str]:
    traded = latest_materialisations(instance, _ORDERS, _keys(settings, days))
    proven = latest_materialisations(instance, _PROVEN, set(traded))
    return sorted(key for key, found in proven.items() if found.storage_id > traded[key].storage_id)


def _keys(settings: SettingsResource, days: tuple[dt.date, dt.date]) -> set[str]:
    return {
        str(StoreDay(days[0] + dt.timedelta(days=n), store))
        for store in settings.settings.stores
        for n in range((days[1] - days[0]).days + 1)
    }
