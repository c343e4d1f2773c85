"""Jobs and schedules of what is compared after posting: the tie-out of store-days, the roll-forward of accounts.

Belongs here: what of it runs together and when.
Does not: what it does (assets/tie_out.py, assets/roll_forward.py), the store-day's own job and the read-back (automation.py).
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from frontline_pipeline.automation import ROLL_FORWARD_ASSETS, TIE_OUT_ASSET, readback_months, store_day_requests
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.partitions import StorePartitions

TIE_OUT_JOB, ROLL_FORWARD_JOB = "tie_out_job", "roll_forward_job"
HOURS_AFTER = 2
"""Hours after the store-days of yesterday: the read-back has run in between, so that the ledger need not be asked again."""


def build(partitions: StorePartitions) -> dg.Definitions:
    """The jobs of the tie-out and of the roll-forward, and their schedules."""
    settings = partitions.settings
    after = f"{settings.schedule.minute} {(settings.schedule.hour + HOURS_AFTER) % 24} * * *"
    tie_out = dg.define_asset_job(
        TIE_OUT_JOB,
        selection=dg.AssetSelection.assets(TIE_OUT_ASSET),
        description="Receipts, Z-report, voucher and ledger of a store-day beside each other; also of a held or unposted one.",
    )

    @dg.schedule(
        name="nightly_tie_out",
        job=tie_out,
        cron_schedule=after,
        execution_timezone=OSLO,
        description="Two hours after posting, when the month has been read back: yesterday of every store.",
    )
    def nightly_tie_out(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        return store_day_requests(
            settings, context.scheduled_execution_time, dt.timedelta(hours=HOURS_AFTER), "tie-out"
        )

    roll_forward = dg.define_asset_job(
        ROLL_FORWARD_JOB,
        selection=dg.AssetSelection.assets(*ROLL_FORWARD_ASSETS),
        description="One company's followed accounts of one month: opening + added - used = closing, against the ledger's balance.",
    )

    @dg.schedule(
        name="nightly_roll_forward",
        job=roll_forward,
        cron_schedule=after,
        execution_timezone=OSLO,
        description="Two hours after posting: the running month of every company, and the month before in its first ten days.",
    )
    def nightly_roll_forward(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(OSLO)).date()
        months = readback_months(list(settings.companies), today, settings.partitions.start)
        return [dg.RunRequest(partition_key=month.key, run_key=f"{today}-roll-forward-{month.key}") for month in months]

    return dg.Definitions(jobs=[tie_out, roll_forward], schedules=[nightly_tie_out, nightly_roll_forward])
