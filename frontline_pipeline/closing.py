"""Jobs and schedules of what is compared after posting: the tie-out of store-days.

Belongs here: what of it runs together and when.
Does not: what it does (assets/tie_out.py), the store-day's own job and the read-back (automation.py).
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.partitions import StoreDay, StorePartitions

TIE_OUT_ASSET, TIE_OUT_JOB = "tie_out", "tie_out_job"
AFTER_POSTING = 2
"""Hours after the store-days of yesterday: the read-back has run in between, so that the ledger need not be asked again."""


def build(partitions: StorePartitions) -> dg.Definitions:
    """The job of the tie-out, and its schedule."""
    settings = partitions.settings
    tie_out = dg.define_asset_job(
        TIE_OUT_JOB,
        selection=dg.AssetSelection.assets(TIE_OUT_ASSET),
        description="Receipts, Z-report, voucher and ledger of a store-day beside each other; also of a held or unposted one.",
    )

    @dg.schedule(
        name="nightly_tie_out",
        job=tie_out,
        cron_schedule=f"{settings.schedule.minute} {(settings.schedule.hour + AFTER_POSTING) % 24} * * *",
        execution_timezone=OSLO,
        description="Two hours after posting, when the month has been read back: yesterday of every store.",
    )
    def nightly_tie_out(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        posted = context.scheduled_execution_time.astimezone(ZoneInfo(OSLO)) - dt.timedelta(hours=AFTER_POSTING)
        yesterday = posted.date() - dt.timedelta(days=1)
        if yesterday < settings.partitions.start:
            return []
        days = [StoreDay(yesterday, store) for store in settings.stores]
        return [dg.RunRequest(partition_key=day.key, run_key=f"{yesterday}-tie-out-{day.store}") for day in days]

    return dg.Definitions(jobs=[tie_out], schedules=[nightly_tie_out])
