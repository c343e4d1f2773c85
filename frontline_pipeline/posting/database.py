"""The posting log's database: opened, upgraded, and entered by transactions that are durable when they end.

Belongs here: engines for SQLite and PostgreSQL, programmatic Alembic upgrade, read and write transactions, the clock.
Does not: know tables (schema.py) or what is written (documents.py, lease.py).

One clock: every time that is stored or compared (lease expiry, age of lookups, history) is the database's own, read inside
the transaction that uses it, so that writers on machines with different clocks agree. Waiting is measured on the local
monotonic clock and never stored.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from frontline_pipeline.posting.errors import LogUnusable
from frontline_pipeline.posting.schema import HEAD

_WRITES = "frontline_writes"
_BUSY_MILLISECONDS = 30_000
# Any constant: names the lock that lets one process upgrade a PostgreSQL log.
_UPGRADE_LOCK = 7_424_100_001
_VERSION_TABLE = "posting_log_version"

DatabaseClock = Callable[[sa.Connection], dt.datetime]
"""Reads the time (aware UTC) inside a transaction; tests and simulations put their own in."""


class Database:
    """An engine with two doors: `reading` and `writing`."""

    def __init__(self, engine: sa.Engine, clock: DatabaseClock | None = None) -> None:
        self.engine = engine
        self._clock = clock or database_time

    def now(self, connection: sa.Connection) -> dt.datetime:
        """The log's clock, aware UTC."""
        return self._clock(connection)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads; nothing it writes stays."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that takes the write lock at once (SQLite: BEGIN IMMEDIATE) and is on disk when the block ends."""
        with self.engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                # A server may be tuned to answer before the disk has it; an intent must not be lost.
                connection.exec_driver_sql("set local synchronous_commit to on")
            yield connection

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str, clock: DatabaseClock | None = None) -> Database:
    """Open the posting log at a SQLAlchemy URL and bring its schema up to date.

    SQLite wants a file; its folder is made. Raises LogUnusable for a wrong or unreachable URL (without showing it: it may
    hold a password) and for a schema written by a newer version.
    """
    engine = _engine(url)
    database = Database(engine, clock)
    try:
        _upgrade(database)
    except DBAPIError as error:
        engine.dispose()
        raise LogUnusable(
            f"the posting log ({engine.dialect.name}) cannot be opened: {type(error.orig).__name__}",
            kind="unreachable",
            next_step="check that the database runs and that its URL, user and rights are right",
        ) from None
    except LogUnusable:
        engine.dispose()
        raise
    return database


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise _wrong_url("its URL cannot be read") from None
    if parsed.get_backend_name() == "postgresql":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        try:
            engine = sa.create_engine(
                parsed, pool_pre_ping=True, hide_parameters=True, isolation_level="READ COMMITTED"
            )
        except ModuleNotFoundError:
            raise LogUnusable(
                "the PostgreSQL driver psycopg is not installed",
                kind="driver",
                next_step="install frontline-pipeline[postgres]",
            ) from None
        return engine
    if parsed.get_backend_name() != "sqlite":
        raise _wrong_url(f"{parsed.get_backend_name()} is not supported")
    if not parsed.database or parsed.database == ":memory:" or "mode=memory" in str(parsed.query):
        raise _wrong_url("a log in memory would be forgotten, which is what it must never be")
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogUnusable(
            f"the folder of the posting log cannot be made: {error.strerror}",
            kind="unreachable",
            next_step="check state_dir and posting.url_env in the settings, and the rights on that folder",
        ) from None
    engine = sa.create_engine(parsed, hide_parameters=True, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _wrong_url(why: str) -> LogUnusable:
    return LogUnusable(
        f"the posting log cannot be opened: {why}",
        kind="url",
        next_step="give posting.url_env a URL such as sqlite:////path/posting.sqlite or postgresql://user@host/database",
    )


def _prepare_sqlite(connection: object, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: _begin_sqlite does, so that writers queue at the door
    # (BEGIN IMMEDIATE) instead of failing in the middle.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"pragma busy_timeout = {_BUSY_MILLISECONDS}")
    _write_ahead(cursor)
    cursor.execute("pragma foreign_keys = on")
    # FULL, not NORMAL: an intent must survive a power cut, or its voucher is sent twice.
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """The change of a new file's mode does not queue at the door as other writes do: of processes that open it together, all but
    one are told at once that it is locked."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def database_time(connection: sa.Connection) -> dt.datetime:
    """The database's time of this moment (not of the transaction's start), to the millisecond."""
    if connection.dialect.name == "sqlite":
        statement = "select cast((julianday('now') - 2440587.5) * 86400000 as integer)"
    else:
        statement = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
    milliseconds = int(connection.exec_driver_sql(statement).scalar_one())
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=milliseconds)


def _upgrade(database: Database) -> None:
    with database.reading() as connection:
        if _revision(connection) == HEAD:
            return
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        # Another process may have upgraded while this one waited for the lock.
        if _revision(connection) != HEAD:
            _run_alembic(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"select version_num from {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _run_alembic(connection: sa.Connection) -> None:
    # Imported late: most opens find the schema up to date and need no Alembic.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise LogUnusable(
            f"the posting log has schema {_revision(connection)!r}, this version of the pipeline knows {HEAD!r}",
            kind="schema",
            next_step="use the version of the pipeline that wrote it, or a newer one",
        ) from None
