"""Fixtures of the posting tests: an initialised log on both databases, and a recording ledger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontline_pipeline.posting.database import open_database
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger

__all__ = ["postgres_schema", "postgres_url"]

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated log in one file, to copy: migrating one per test would take most of the time."""
    path = tmp_path_factory.mktemp("template") / "posting.sqlite"
    opened = open_database(f"sqlite:///{path}")
    with opened.engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    opened.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a migrated log on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "posting.sqlite")
    return f"sqlite:///{tmp_path / 'posting.sqlite'}"


@pytest.fixture(params=BOTH)
def log_url(request: pytest.FixtureRequest) -> str:
    """URL of a log on either database; a module that needs only one overrides it."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_schema"))


@pytest.fixture
def log(log_url: str) -> Iterator[PostingLog]:
    opened = open_log(log_url)
    opened.initialise("test")
    yield opened
    opened.close()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()
