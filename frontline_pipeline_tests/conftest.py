"""Fixtures of every room: a project factory, an ephemeral Dagster instance, generated extracts; what FRONTLINE_REQUIRE demands.

Belongs here: fixtures that more than one folder uses.
Does not: the project itself (support.py), servers of their own kind (postgres.py).
"""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Engine, NullPool, create_engine, event

from frontline_pipeline.sandbox.calls import Interceptor
from frontline_pipeline_tests.support import REQUIRED, Project, extracts_with_faults, running_project

MakeProject = Callable[..., Project]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`: a file of dagster/ or command/ stays in one worker, since its tests share runs, or even the webserver and the daemon; every
    other test goes wherever there is room."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class DagsterByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return file if "/dagster/" in file or "/command/" in file else nodeid

    return DagsterByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """With `-n auto`: one more than there are cores, since at any time a test or two waits for a process of its own."""
    return (os.cpu_count() or 1) + 1


@event.listens_for(Engine, "connect")
def _leave_to_the_system_when_to_write(connection: object, _: object) -> None:
    """No power failure is tested, and a killed process loses nothing that it gave to the system. Dagster commits some 400 times in a
    run; waiting for the disk each time was half of the suite's time."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@functools.cache
def _engine(url: str) -> Engine:
    # No pool: nothing stays open between two uses.
    return create_engine(url, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})


@pytest.fixture(autouse=True, scope="session")
def _one_engine_per_dagster_database() -> Iterator[None]:
    """Dagster makes an engine for every access of its SQLite files, and compiles its SQL anew each time: a sixth of a run's time."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            patch.setattr(module, "create_engine", lambda url, **_: _engine(url))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test marked with the name of a program that FRONTLINE_REQUIRE demands may not skip."""
    report: pytest.TestReport = yield
    wanted = next((name for name in sorted(REQUIRED) if item.get_closest_marker(name)), None)
    if report.skipped and wanted and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{wanted} is required (FRONTLINE_REQUIRE): {reason}"
    return report  # type: ignore[return-value]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five days of contract files of every store, some of them faulty: support.FAULTED says which. Not to be written to."""
    return extracts_with_faults(tmp_path_factory.mktemp("generated"))


def _maker(root: Path, generated: Path, stack: ExitStack) -> MakeProject:
    made = 0

    def make(
        changes: Mapping[str, Any] | None = None,
        *,
        initialised: bool = True,
        delivered: bool = True,
        interceptor: Interceptor | None = None,
    ) -> Project:
        nonlocal made
        made += 1
        project = stack.enter_context(
            running_project(root / f"project-{made}", changes, initialised=initialised, interceptor=interceptor)
        )
        if delivered:
            shutil.copytree(generated, project.landing)
        return project

    return make


@pytest.fixture
def make_project(tmp_path: Path, generated: Path) -> Iterator[MakeProject]:
    """Makes projects: `make_project(changes_to_the_settings)`; each with its own folder, sandbox and port."""
    with ExitStack() as stack:
        yield _maker(tmp_path, generated, stack)


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """The example project with its extracts delivered and its posting log initialised."""
    return make_project()


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory, generated: Path) -> Iterator[Project]:
    """One project for a module whose tests each work on a store-day of their own."""
    with ExitStack() as stack:
        yield _maker(tmp_path_factory.mktemp("shared"), generated, stack)()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(scope="module")
def shared_instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in memory for a module."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made
