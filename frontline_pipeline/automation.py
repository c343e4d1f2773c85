"""Jobs and schedules.

Belongs here: what runs together and when.
Does not: what it does (assets/, checks/).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import dagster as dg

from frontline_pipeline import late
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.launchpad import SWEEP
from frontline_pipeline.launchpad_orders import READ_BACK
from frontline_pipeline.partitions import CompanyMonth, StoreDay, StorePartitions
from frontline_pipeline.settings import Settings

STORE_DAY_JOB, READBACK_JOB = "store_day", "ledger_readback_job"
TRADE_JOB, TRADE_GROUPS = "trade", ("masterdata", "orders")
"""Customers, products and orders run apart from the Z-reports: what holds one of them holds no journal."""
TRADE_AFTER = dt.timedelta(minutes=30)
"""After the store-days of yesterday."""
READBACK_ASSET = "ledger_readback"
TIE_OUT_ASSET = "tie_out"
ROLL_FORWARD_ASSETS = ("liabilities_roll_forward", "interim_accounts_roll_forward")
AFTER_POSTING = (READBACK_ASSET, TIE_OUT_ASSET, *ROLL_FORWARD_ASSETS)
"""What looks at store-days that are out, in jobs of its own."""


def build(partitions: StorePartitions) -> dg.Definitions:
    """The store-day job and the trade job with their morning schedules, the read-back job with its own, the schedules of the
    orders' read-back and of the weekly sweep, and the sensor of late extracts."""
    settings = partitions.settings
    traded = dg.AssetSelection.groups(*TRADE_GROUPS)
    store_day = dg.define_asset_job(
        STORE_DAY_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*AFTER_POSTING) - traded,
        description="One store-day: extract, proof, voucher, posting. Every check included.",
    )
    trade = dg.define_asset_job(
        TRADE_JOB,
        selection=traded,
        description="One store-day's customers and products, matched with 24SevenOffice or made there, their keys returned; its orders sent.",
    )
    readback = dg.define_asset_job(
        READBACK_JOB,
        selection=dg.AssetSelection.assets(READBACK_ASSET),
        description="One company's ledger of one month, compared with the posting log; one call to 24SevenOffice.",
    )
    morning = dg.build_schedule_from_partitioned_job(
        store_day,
        name="nightly_store_days",
        hour_of_day=settings.schedule.hour,
        minute_of_hour=settings.schedule.minute,
        description="Yesterday's store-day of every store, each morning, Norwegian time.",
    )
    later = settings.schedule.hour * 60 + settings.schedule.minute + TRADE_AFTER.seconds // 60

    @dg.schedule(
        name="nightly_trade",
        job=trade,
        cron_schedule=f"{later % 60} {later // 60 % 24} * * *",
        execution_timezone=OSLO,
        description="Half an hour after the store-days, Norwegian time, also past midnight: customers, products and orders of the same "
        "store-days. Orders made from sales need their receipts.",
    )
    def nightly_trade(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        return store_day_requests(settings, context.scheduled_execution_time, TRADE_AFTER, "trade")

    @dg.schedule(
        name="nightly_readback",
        job=readback,
        cron_schedule=f"{settings.schedule.minute} {(settings.schedule.hour + 1) % 24} * * *",
        execution_timezone=OSLO,
        description="An hour after posting: the running month of every company, and the month before in its first ten days.",
    )
    def nightly_readback(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(OSLO)).date()
        return [
            dg.RunRequest(partition_key=month.key, run_key=f"{today}-{month.key}")
            for month in readback_months(list(settings.companies), today, settings.partitions.start)
        ]

    @dg.schedule(
        name="weekly_sweep",
        job_name=f"{SWEEP}_job",
        cron_schedule=f"{settings.schedule.minute} {(settings.schedule.hour + 2) % 24} * * 1",
        execution_timezone=OSLO,
        description=f"Mondays: the last {settings.schedule.sweep_months} months of every company read again.",
    )
    def weekly_sweep(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(OSLO)).date()
        # A run for each: a company that cannot be read does not hide what was found in another.
        return [
            dg.RunRequest(
                run_key=f"{today}-sweep-{company}", run_config={"ops": {SWEEP: {"config": {"company": company}}}}
            )
            for company in settings.companies
        ]

    @dg.schedule(
        name="nightly_orders_readback",
        job_name=f"{READ_BACK}_job",
        cron_schedule=f"{settings.schedule.minute} {(settings.schedule.hour + 1) % 24} * * *",
        execution_timezone=OSLO,
        description="An hour after posting: every company's orders of this month and the last one, compared with the posting log.",
    )
    def nightly_orders_readback(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(OSLO)).date()
        return [
            dg.RunRequest(
                run_key=f"{today}-orders-{company}",
                run_config={"ops": {READ_BACK: {"config": {"company": company, "months": 2}}}},
            )
            for company in settings.companies
        ]

    alert = late.alert_job()

    @dg.sensor(
        name="late_extracts",
        jobs=[store_day, trade, alert],
        minimum_interval_seconds=late.EVERY_SECONDS,
        required_resource_keys={"settings"},
        description="Runs store-days whose extract came after their own run, then their customers and orders; alerts once for one that "
        "has not come at all. "
        "Off until you switch it on.",
    )
    def late_extracts(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        now = dt.datetime.now(dt.UTC)
        yield from late.requests(
            context.instance, context.resources.settings, now, run=store_day.name, trade=trade.name, alert=alert.name
        )

    return dg.Definitions(
        jobs=[store_day, trade, readback, alert],
        schedules=[morning, nightly_trade, nightly_readback, nightly_orders_readback, weekly_sweep],
        sensors=[late_extracts],
    )


def store_day_requests(settings: Settings, at: dt.datetime, after: dt.timedelta, what: str) -> list[dg.RunRequest]:
    """The store-days that the morning schedule ran `after` ago, by Norwegian time: past midnight they are still those of the evening
    before. None before the first partition."""
    yesterday = (at.astimezone(ZoneInfo(OSLO)) - after).date() - dt.timedelta(days=1)
    if yesterday < settings.partitions.start:
        return []
    days = [StoreDay(yesterday, store) for store in settings.stores]
    return [dg.RunRequest(partition_key=day.key, run_key=f"{yesterday}-{what}-{day.store}") for day in days]


def readback_months(companies: list[str], today: dt.date, start: dt.date) -> list[CompanyMonth]:
    """The running month, and until the 10th the month before (never before the first partition), for every company."""
    days = [today]
    before = today.replace(day=1) - dt.timedelta(days=1)
    if today.day <= 10 and before >= start.replace(day=1):
        days.append(before)
    return [CompanyMonth.of(company, day) for company in companies for day in days]
