"""`frontline run`: materialises store-days through Dagster, in this process, on the instance the UI shows.

Belongs here: building the definitions once, running a partition, and what became of it.
Does not: what a store-day is (assets/), printing of vouchers (preview.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import dagster as dg

from frontline_pipeline.accounting.model import Finding, Severity
from frontline_pipeline.automation import READBACK_JOB, STORE_DAY_JOB
from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.home import set_dagster_home
from frontline_pipeline.command.look import EXIT, Look, Looker
from frontline_pipeline.command.preview import show
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.definitions import build_definitions
from frontline_pipeline.partitions import CompanyMonth, StoreDay

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Ran:
    """A run: whether it succeeded, its id, and the words of the steps that failed."""

    success: bool
    run_id: str
    failures: tuple[str, ...]


class Runner:
    """Runs jobs of this settings tree on the instance in the state directory."""

    def __init__(self, context: Context) -> None:
        set_dagster_home(context)
        self._definitions = build_definitions(context.loaded)
        self._instance = dg.DagsterInstance.get()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *error: object) -> None:
        self._instance.dispose()

    def store_day(self, store_day: StoreDay) -> Ran:
        """Materialises every asset of a store-day, with its checks."""
        return self._run(STORE_DAY_JOB, store_day.key)

    def readback(self, month: CompanyMonth) -> Ran:
        """Compares a month of a company's ledger with the posting log."""
        return self._run(READBACK_JOB, month.key)

    def _run(self, job: str, key: dg.MultiPartitionKey) -> Ran:
        result = self._definitions.resolve_job_def(job).execute_in_process(
            partition_key=key, instance=self._instance, raise_on_error=False, run_config=_QUIET
        )
        failures = []
        for event in result.all_events:
            if event.event_type_value == "STEP_FAILURE":
                data = event.step_failure_data
                told = data.user_failure_data.description if data.user_failure_data else None
                failures.append(told or (data.error.message.strip() if data.error else "failed"))
        return Ran(result.success, result.run_id, tuple(failures))


def run(context: Context, store: str, day: str, as_json: bool) -> Exit:
    """Materialises one store-day, prints where it stands, and returns the exit code of its state."""
    context.profile(store)
    business_day = context.day(day)
    _require_partition(context, business_day)
    with Runner(context) as runner:
        ran = runner.store_day(StoreDay(business_day, store))
    look = after_run(Looker(context).look(store, business_day), ran)
    show(context.terminal, look, as_json)
    if not as_json and look.state == "posted":
        context.terminal.say(f"run {ran.run_id}")
    return EXIT[look.state]


def after_run(look: Look, ran: Ran) -> Look:
    """The look at a store-day that was just run: a failed run of a provable day is held, with the run's own words."""
    if ran.success or look.state not in ("ok", "posted"):
        return look
    reasons = tuple(
        Finding(
            rule="run",
            severity=Severity.ERROR,
            blocking=True,
            store=look.store,
            business_day=look.business_day,
            message=words,
            next_step=f"See run {ran.run_id} in the UI.",
        )
        for words in ran.failures
    )
    return Look(look.store, look.business_day, "held", reasons, look.walk, look.documents)


def _require_partition(context: Context, day: dt.date) -> None:
    first, last = context.settings.partitions.start, context.last_day()
    if not first <= day <= last:
        raise UsageError(
            f"{day} is outside the store-days {first} to {last} (partitions.start, and yesterday at the latest)."
        )
