"""The posting log of a simulation: the real tables in memory (or on PostgreSQL), entered through doors that can fail.

Belongs here: a fresh log in well under a millisecond, the kill-points of its transactions.
Does not: replace anything of the log: schema, indexes, triggers and SQL are the real ones.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from frontline_pipeline.posting import database as real
from frontline_pipeline.posting.database import Database, DatabaseClock, open_database
from frontline_pipeline.posting.schema import document, document_history, lease, lookup_cache, meta, z_in_document
from frontline_pipeline_tests.simulator import points
from frontline_pipeline_tests.simulator.scheduler import Actor, Crash

Reset = Callable[[], None]


class Faults(Protocol):
    """What the database asks of the simulation."""

    def strikes(self, point: str) -> str:
        """A moment passes; the fault that happens at this point now, "" for none."""

    def written(self, connection: sa.Connection, actor: Actor | None) -> None:
        """Called at the end of each write transaction, inside it."""


class Broken(sa.exc.OperationalError):
    """An injected failure of the database."""

    def __init__(self, point: str) -> None:
        super().__init__(point, None, sqlite3.OperationalError("simulated: the database failed"))


def in_memory() -> tuple[sa.Engine, Reset]:
    """An engine on one SQLite connection in memory, and what makes its log fresh: migrated, with nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.sqlite"
        opened = open_database(f"sqlite:///{path}")
        opened.dispose()
        with sqlite3.connect(path) as stored:
            stored.execute("pragma journal_mode = delete")
            template = stored.serialize()
        stored.close()
    raw = sqlite3.connect(":memory:", check_same_thread=False)
    raw.isolation_level = None
    # One connection: a transaction inside another, which would wait for itself on a file, fails at once here.
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.pool.StaticPool)
    sa.event.listen(engine, "begin", real._begin_sqlite)

    def reset() -> None:
        raw.deserialize(template)
        raw.execute("pragma foreign_keys = on")

    return engine, reset


def on_server(url: str) -> tuple[sa.Engine, Reset]:
    """The same at a URL (PostgreSQL): a database or schema that is for this alone, since it is emptied."""
    opened = open_database(url)
    names = ", ".join(each.name for each in (document_history, z_in_document, document, lease, lookup_cache, meta))

    def reset() -> None:
        with opened.writing() as connection:
            connection.exec_driver_sql(f"truncate {names} restart identity cascade")

    return opened.engine, reset


class MortalDatabase(Database):
    """The log as one process sees it. `actor` None: nothing fails, for looking on from outside."""

    def __init__(self, engine: sa.Engine, clock: DatabaseClock, faults: Faults, actor: Actor | None = None) -> None:
        super().__init__(engine, clock)
        self._faults = faults
        self._actor = actor

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        if self._actor is not None:
            point = points.transaction("read")
            fault = self._strikes(point)
            if fault == "dies":
                self._die()
            if fault:
                raise Broken(point)
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        if self._actor is None:
            with super().writing() as connection:
                yield connection
                self._faults.written(connection, None)
            return
        point = points.transaction("write")
        fault = self._strikes(point)
        if fault == "dies before":
            self._die()
        with super().writing() as connection:
            yield connection
            if fault == "dies inside":
                self._die()
            if fault == "database fails":
                raise Broken(point)
            self._faults.written(connection, self._actor)
        if fault == "dies after":
            self._die()
        if fault == "commit answer lost":
            raise Broken(point)

    def _strikes(self, point: str) -> str:
        if self._actor is not None and self._actor.dead:
            raise Crash
        return self._faults.strikes(point)

    def _die(self) -> Any:
        if self._actor is not None:
            self._actor.dead = True
        raise Crash
