"""Fixtures of the office tests: a programmable server on a real socket, and sessions pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_office import APPLICATION_ID, IDENTITY_ID, PASSWORD, USERNAME, FakeOffice

from frontline_pipeline.office.credentials import Credentials
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.session import OfficeSession


@pytest.fixture
def office() -> Iterator[FakeOffice]:
    fake = FakeOffice()
    yield fake
    fake.close()


@pytest.fixture
def credentials() -> Credentials:
    return Credentials.of(APPLICATION_ID, USERNAME, PASSWORD, IDENTITY_ID)


@pytest.fixture
def make_session(office: FakeOffice, credentials: Credentials, tmp_path: Path) -> Callable[..., OfficeSession]:
    def make(
        url: str | None = None,
        login: Credentials = credentials,
        company: str = "nord",
        timeout: float = 5.0,
        check_after: float = 900.0,
    ) -> OfficeSession:
        base = url or office.url
        return OfficeSession(company, base, base, lambda: login, tmp_path, timeout, check_after_seconds=check_after)

    return make


@pytest.fixture
def session(make_session: Callable[..., OfficeSession]) -> OfficeSession:
    return make_session()


@pytest.fixture
def ledger(session: OfficeSession) -> Ledger:
    return Ledger(session)
