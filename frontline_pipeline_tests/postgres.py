"""A PostgreSQL server for tests: the one that FRONTLINE_TEST_POSTGRES_URL names, else a throw-away cluster, else a loud skip.

Use: `from frontline_pipeline_tests.postgres import postgres_schema, postgres_url` in a test module; `postgres_schema` is a
fresh, empty schema per test, `postgres_database` a database (ten times slower). Mark such tests with `@pytest.mark.postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

VARIABLE = "FRONTLINE_TEST_POSTGRES_URL"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SQLAlchemy URL (psycopg 3) of a server on which tests may create schemas."""
    pytest.importorskip("psycopg", reason="PostgreSQL tests skipped: psycopg is not installed")
    if url := os.environ.get(VARIABLE):
        yield url
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip(f"PostgreSQL tests skipped: no initdb and postgres on this machine; install it or set {VARIABLE}")
    # Not under tmp_path_factory: pytest's folders are closed to the unprivileged user, and socket paths must be short.
    home = Path(tempfile.mkdtemp(prefix="flpg-"))
    try:
        with _server(binaries, home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_schema(postgres_url: str) -> Iterator[str]:
    """SQLAlchemy URL whose default schema is empty and lives as long as the test (cheaper than a database of its own)."""
    name = f"frontline_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    url = sa.make_url(postgres_url).update_query_dict({"options": f"-csearch_path={name}"}, append=True)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """SQLAlchemy URL of an empty database that lives as long as the test."""
    name = f"frontline_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _binaries() -> Path | None:
    """The folder that holds initdb and postgres; the newest packaged one when PATH has none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(packaged, key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0, reverse=True)
    return next((f for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None)


class _server:  # noqa: N801 - reads as a context manager
    """A cluster in `home` that listens on a socket there and nowhere else."""

    def __init__(self, binaries: Path, home: Path) -> None:
        self.binaries, self.home = binaries, home
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        self._run_as = _unprivileged(self.home)
        data, log = self.home / "data", self.home / "log"
        made = subprocess.run(
            [
                self.binaries / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            cwd=self.home,
            capture_output=True,
            text=True,
            **self._run_as,
        )
        if made.returncode:
            pytest.skip(f"PostgreSQL tests skipped: initdb failed: {made.stderr.strip()[-300:]}")
        options = ["-k", str(self.home), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "timezone=UTC"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", data, *options],
                cwd=self.home,
                stdout=output,
                stderr=output,
                **self._run_as,
            )
        url = f"postgresql+psycopg://postgres@/postgres?host={self.home}"
        try:
            self._wait(url, log)
        except BaseException:
            self.__exit__()
            raise
        return url

    def __exit__(self, *_: object) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)

    def _wait(self, url: str, log: Path) -> None:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        deadline = time.monotonic() + 60
        while True:
            try:
                engine.connect().close()
                return
            except sa.exc.OperationalError:
                ended = self.process is not None and self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    pytest.skip(f"PostgreSQL tests skipped: the server did not start: {log.read_text()[-300:]}")
                time.sleep(0.1)


def _unprivileged(home: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: as root, give `home` to another user and run as that one."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(home, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL tests skipped: running as root and there is no user postgres or nobody")
