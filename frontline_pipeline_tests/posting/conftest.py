"""Fixtures of the posting tests: an initialised log on both databases, and a recording ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger

__all__ = ["postgres_schema", "postgres_url"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def log_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'posting.sqlite'}"
    return str(request.getfixturevalue("postgres_schema"))


@pytest.fixture
def log(log_url: str) -> Iterator[PostingLog]:
    opened = open_log(log_url)
    opened.initialise("test")
    yield opened
    opened.close()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()
