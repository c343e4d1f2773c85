"""A whole project in a temporary folder: settings, extracts, posting log, a stand-in of 24SevenOffice, Dagster definitions.

Belongs here: what tests of several rooms need to run store-days for real; `need`, the one way to skip for a missing program.
Does not: assertions about any room.

Days of the generated extracts lie in November 2025: every store-day is in the past whatever the machine's clock says.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import dagster as dg
import pytest
import yaml

from frontline_pipeline.automation import READBACK_JOB, STORE_DAY_JOB
from frontline_pipeline.definitions import build_definitions
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import CompanyMonth, StoreDay
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.sandbox.calls import Interceptor
from frontline_pipeline.sandbox.generate import generate, spec_from_settings
from frontline_pipeline.sandbox.ledger_vouchers import Voucher
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.sandbox.setup import clients_from_settings
from frontline_pipeline.sandbox.shop_faults import Fault, FaultKind
from frontline_pipeline.settings import Settings, secret_environment
from frontline_pipeline.settings_file import LoadedSettings, load_settings

REPO = Path(__file__).resolve().parents[1]
SHARED = REPO.parent / "shared"
"""The facts beside a working copy; a clone has none, and tests that need it skip loudly."""

REQUIRED = frozenset(os.environ.get("FRONTLINE_REQUIRE", "").split())
"""Programs that must be there (`chromium postgres`): a test that would skip for want of one fails instead."""

FIRST = dt.date(2025, 11, 18)
"""Tuesday; all three stores of the example are open from here to Saturday."""
DAYS = 5
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SAVE = "Account.SaveBundleList"


def need(name: str, reason: str) -> NoReturn:
    """Skip loudly for want of `name`; where FRONTLINE_REQUIRE names it, fail."""
    if name in REQUIRED:
        pytest.fail(f"{name} is required (FRONTLINE_REQUIRE) and missing: {reason}", pytrace=False)
    pytest.skip(f"SKIPPED FOR WANT OF {name}: {reason}")


def day(offset: int) -> dt.date:
    """The day `offset` days after FIRST."""
    return FIRST + dt.timedelta(days=offset)


def store_day(store: str, offset: int = 0) -> StoreDay:
    """The store-day `offset` days after FIRST."""
    return StoreDay(day(offset), store)


def example_settings() -> dict[str, Any]:
    """The settings of config/ as one tree, fit for a test: days of 2025, quick time-outs."""
    tree: dict[str, Any] = {}
    for file in sorted((REPO / "config").glob("*.yaml")):
        tree |= yaml.safe_load(file.read_text(encoding="utf-8"))
    laid_over: dict[str, Any] = {
        "partitions": {"start": dt.date(2025, 11, 1)},
        "sandbox": {"fiscal_years": [2025, 2026]},
        "posting": {"lease_wait_seconds": 20},
    }
    return overlaid(tree, laid_over)


def overlaid(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`tree` with `changes` laid over it, key by key; a change to None removes the key."""
    out = dict(tree)
    for key, value in changes.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(out.get(key), Mapping):
            out[key] = overlaid(out[key], value)
        else:
            out[key] = value
    return out


def started(result: dg.ExecuteInProcessResult) -> set[str]:
    """Steps that began."""
    return {str(e.step_key) for e in result.all_events if e.event_type_value == "STEP_START"}


def failures(result: dg.ExecuteInProcessResult) -> dict[str, Told]:
    """What each failed step told a person."""
    out: dict[str, Told] = {}
    for event in result.all_events:
        if event.event_type_value == "STEP_FAILURE":
            told = event.step_failure_data.user_failure_data
            error = event.step_failure_data.error
            if told is None:
                out[str(event.step_key)] = Told(error.message if error else "", {})
            else:
                out[str(event.step_key)] = Told(told.description or "", {k: v.value for k, v in told.metadata.items()})
    return out


@dataclass(frozen=True)
class Told:
    """The words of a failed step, and its metadata as plain values."""

    description: str
    metadata: dict[str, Any]


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The check results of a run, by name."""
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def red(result: dg.ExecuteInProcessResult) -> set[str]:
    """Names of the checks that failed with an error."""
    return {
        name
        for name, each in checks(result).items()
        if not each.passed and each.severity is dg.AssetCheckSeverity.ERROR
    }


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """Plain metadata values of the materialisation of `asset` in a run."""
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(asset)]
    return {key: value.value for key, value in event.materialization.metadata.items()}


def check_history(instance: dg.DagsterInstance, asset: str, check: str, where: StoreDay) -> list[str]:
    """Statuses of a check on one partition, newest first, as the instance keeps them."""
    key = dg.AssetCheckKey(dg.AssetKey(asset), check)
    records = instance.event_log_storage.get_asset_check_execution_history(key, limit=1000)
    return [record.status.value for record in records if record.partition == str(where)]


@dataclass
class Project:
    """One installation: settings in `<root>/config`, state in `<root>/state`, a sandbox on a free port."""

    root: Path
    server: SandboxServer
    loaded: LoadedSettings
    tree: dict[str, Any] = field(repr=False)

    # Settings and definitions

    @cached_property
    def definitions(self) -> dg.Definitions:
        return build_definitions(self.loaded)

    def changed(self, changes: Mapping[str, Any]) -> Project:
        """The same installation (state, ledger, landing) after somebody edited the settings and reloaded the code location."""
        number = sum(1 for _ in self.root.glob("config*"))
        return _written(self.root, self.server, overlaid(self.tree, changes), f"config-{number}")

    @property
    def landing(self) -> Path:
        landing = self.loaded.paths.landing
        assert landing is not None
        return landing

    @property
    def variables(self) -> dict[str, str]:
        """What a process of its own needs to find this installation."""
        return {"FRONTLINE_CONFIG": str(self.loaded.config_dir), "FRONTLINE_STATE": str(self.loaded.paths.state)}

    # Runs

    def run(
        self, where: StoreDay, instance: dg.DagsterInstance, *, only: Sequence[str] = ()
    ) -> dg.ExecuteInProcessResult:
        """Materialise a store-day as the store-day job does, or only some of its assets; never raises for a failed run."""
        job = self.definitions.resolve_job_def(STORE_DAY_JOB)
        selection = [dg.AssetKey(name) for name in only] or None
        return job.execute_in_process(
            partition_key=where.key,
            instance=instance,
            raise_on_error=False,
            run_config=QUIET,
            asset_selection=selection,
        )

    def read_back(self, company: str, month: dt.date, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
        """Compare a month of a company's ledger with the posting log."""
        job = self.definitions.resolve_job_def(READBACK_JOB)
        return job.execute_in_process(
            partition_key=CompanyMonth.of(company, month).key,
            instance=instance,
            raise_on_error=False,
            run_config=QUIET,
        )

    # What came of it

    @property
    def log(self) -> PostingLog:
        return open_posting_log(self.loaded)

    def vouchers(self, company: str | None = None) -> list[Voucher]:
        """What the stand-in's ledger holds, drafts too, oldest first."""
        codes = [company] if company is not None else list(self.loaded.settings.companies)
        return [voucher for code in codes for voucher in reversed(self.server.app.book.vouchers(code))]

    def references(self, company: str | None = None) -> list[str]:
        """Our references of what the ledger holds, sorted; one that stands twice is there twice."""
        return sorted({line.invoice_no for line in voucher.lines}.pop() for voucher in self.vouchers(company))

    def calls(self, operation: str | None = None) -> int:
        """How many SOAP calls the ledger was asked, all or of one operation such as `Account.SaveBundleList`."""
        counted = self.server.app.statistics.as_dict()
        names = counted if operation is None else {operation} & counted.keys()
        return sum(int(str(counted[name]["calls"])) for name in names)


FAULTED: dict[FaultKind, StoreDay] = {
    "unbalanced": store_day("tromso", 2),
    "one_ore": store_day("bergen", 4),
    "vat_of_gross": store_day("bergen", 2),
    "unknown_tender": store_day("tromso", 3),
    "rounding_on_card": store_day("oslo", 3),
    "duplicate_z": store_day("bergen", 3),
    "receipt_lost": store_day("tromso", 4),
    "missing_day": store_day("oslo", 4),
}
"""Which store-days of the generated extracts are faulty, and how; offsets 0 and 1 of every store are good, and 2 of oslo."""


def extracts_with_faults(into: Path) -> Path:
    """Contract files (CSV) of every store of the example for DAYS days from FIRST, with the faults of FAULTED."""
    settings = Settings.model_validate(example_settings())
    faults = [Fault(kind, where.store, where.business_day) for kind, where in FAULTED.items()]
    spec = spec_from_settings(settings, FIRST, DAYS, seed=3, format="csv", receipts_per_day=8, faults=faults)
    generate(spec, into)
    return into


def _written(root: Path, server: SandboxServer, tree: dict[str, Any], name: str = "config") -> Project:
    config = root / name
    config.mkdir(parents=True)
    shutil.copyfile(REPO / "config" / "sandbox.env", config / "sandbox.env")
    (config / "settings.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Project(root, server, load_settings(config, state_dir=root / "state", environ={}), tree)


@contextmanager
def running_project(
    root: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    initialised: bool = True,
    interceptor: Interceptor | None = None,
) -> Iterator[Project]:
    """An installation with its sandbox answering; no extracts yet."""
    tree = overlaid(example_settings(), changes or {})
    # The port is known only when the server stands, and the server is made from the settings.
    (root / "first").mkdir(parents=True)
    first = _written(root / "first", None, tree)  # type: ignore[arg-type]
    clients = clients_from_settings(
        first.loaded.settings, secret_environment({}, first.loaded.secrets), dt.date.today().year
    )
    with SandboxServer(root / "sandbox.sqlite", clients, port=0, interceptor=interceptor) as server:
        url = {"api_url": server.url, "webservices_url": server.url}
        here = {
            "companies": {code: {"office": url} for code in tree["companies"]},
            "sandbox": {"port": server.port},
        }
        project = _written(root, server, overlaid(tree, here))
        if initialised:
            project.log.initialise("test")
        yield project
