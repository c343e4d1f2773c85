"""`frontline run`: materialises store-days through Dagster, in this process, on the instance the UI shows.

Belongs here: building the definitions once, running a partition, and what became of it.
Does not: what a store-day is (assets/), printing of vouchers (preview.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from frontline_pipeline.automation import READBACK_JOB, STORE_DAY_JOB, TRADE_JOB
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.home import set_dagster_home
from frontline_pipeline.command.look import Look, Looker
from frontline_pipeline.command.preview import show
from frontline_pipeline.command.reasons import Place, finding
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.definitions import build_definitions
from frontline_pipeline.partitions import CompanyMonth, StoreDay

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Failed:
    """A step that failed: the asset, what it told, and what to do."""

    step: str
    message: str
    next_step: str


@dataclass(frozen=True)
class Ran:
    """A run: whether it succeeded, its id, and the steps that failed."""

    success: bool
    run_id: str
    failures: tuple[Failed, ...]


class Runner:
    """Runs jobs of this settings tree on the instance in the state directory."""

    def __init__(self, context: Context) -> None:
        variables = set_dagster_home(context)
        self._definitions = build_definitions(context.loaded)
        # By its folder: `get` would want DAGSTER_HOME in this process's environment.
        self._instance = dg.DagsterInstance.from_config(variables["DAGSTER_HOME"])

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *error: object) -> None:
        self._instance.dispose()

    def store_day(self, store_day: StoreDay) -> Ran:
        """Materialises every asset of a store-day, with its checks."""
        return self._run(STORE_DAY_JOB, store_day.key)

    def trade(self, store_day: StoreDay) -> Ran:
        """Materialises a store-day's customers, products and orders: keys returned, orders sent."""
        return self._run(TRADE_JOB, store_day.key)

    def readback(self, month: CompanyMonth) -> Ran:
        """Compares a month of a company's ledger with the posting log."""
        return self._run(READBACK_JOB, month.key)

    def _run(self, job: str, key: dg.MultiPartitionKey) -> Ran:
        result = self._definitions.resolve_job_def(job).execute_in_process(
            partition_key=key, instance=self._instance, raise_on_error=False, run_config=_QUIET
        )
        return Ran(result.success, result.run_id, tuple(_failures(result)))


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[Failed]:
    see = f"Run {result.run_id} in the UI (`frontline dev`) shows where."
    for event in result.all_events:
        if event.event_type_value != "STEP_FAILURE":
            continue
        data = event.step_failure_data
        told, error = data.user_failure_data, data.error
        if told is not None and told.description:
            mend = told.metadata.get("what_to_do")
            yield Failed(str(event.step_key), told.description, str(mend.value) if mend is not None else see)
        else:
            cause = error.cause or error if error is not None else None
            first = (
                cause.message.strip().splitlines()[0] if cause is not None and cause.message.strip() else "no message"
            )
            yield Failed(str(event.step_key), f"the step failed: {first}", see)


def run(context: Context, store: str, day: str, as_json: bool) -> Exit:
    """Materialises one store-day, prints where it stands, and returns the exit code of its state."""
    context.profile(store)
    business_day = context.partition(day)
    with Runner(context) as runner:
        ran = runner.store_day(StoreDay(business_day, store))
    look = after_run(Looker(context).look(store, business_day), ran)
    show(context.terminal, look, as_json)
    if not as_json:
        context.terminal.say(f"run {ran.run_id}", style="dim")
    return look.exit


def after_run(look: Look, ran: Ran) -> Look:
    """The look at a store-day that was just run: a failed run of a provable day is held, with the run's own words."""
    if ran.success or look.state not in ("ok", "posted", "closed"):
        return look
    failures = ran.failures or (
        Failed("run", "the run failed before its first step.", f"See run {ran.run_id} in the UI."),
    )
    place = Place(look.store, look.business_day)
    return look.held_by(finding(place, each.step, each.message, each.next_step) for each in failures)
