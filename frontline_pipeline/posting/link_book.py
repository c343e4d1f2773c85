"""Writing the link table, for one walk under the company's lease.

Belongs here: the intent before a twin is made, recording what came of it, each in one transaction that confirms the lease.
Does not: reading links (links.py), deciding which twin is the right one (masterdata/matching.py), calls (twins_walk.py).

Every method raises FencedOut when the lease was lost; then nothing was written, and nothing may be sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from frontline_pipeline.posting import lease, links
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.lease import Lease
from frontline_pipeline.posting.schema import link

Row = dict[str, object]


class Seen(NamedTuple):
    """A key of Frontline and what it looks like."""

    key: str
    content_hash: str


class Twin(NamedTuple):
    """A key, what 24SevenOffice has of it, and by what it was found."""

    key: str
    content_hash: str
    office_id: int
    number: str | None
    how: str


class LinkBook:
    """The links of one kind. `store` and `run_id`: who writes."""

    def __init__(self, database: Database, held: Lease, kind: str, store: str, run_id: str) -> None:
        self._database, self._lease, self._kind = database, held, kind
        self._common: Row = {"its_company": held.company, "its_kind": kind, "its_store": store, "its_run_id": run_id}
        self._mine = sa.and_(link.c.company == held.company, link.c.kind == kind)

    def now(self) -> dt.datetime:
        """The log's time."""
        with self._database.reading() as connection:
            return self._database.now(connection)

    def renew(self) -> None:
        """Prolong the lease."""
        lease.renew(self._database, self._lease)

    def linked(self) -> pd.DataFrame:
        """All keys whose twin is known, as `links.read` has them."""
        rows = links.read(self._database, self._lease.company, self._kind)
        return rows[rows["state"].eq(links.LINKED)]

    def intend(self, wanted: Iterable[Seen], known: Sequence[Twin] = ()) -> dt.datetime:
        """Before the call: these keys are about to get a twin. On disk when it returns. Records `known` in the same breath."""
        with self._database.writing() as connection:
            now = lease.confirm(self._database, connection, self._lease)
            self._record(connection, known, now)
            rows: list[Row] = [{"its_key": key, "its_hash": content_hash} for key, content_hash in wanted]
            self._execute(connection, _intend(connection.dialect.name), rows, now)
        return now

    def record(self, twins: Sequence[Twin]) -> dt.datetime:
        """Twins that are known now; returns when, by the log's clock."""
        with self._database.writing() as connection:
            now = lease.confirm(self._database, connection, self._lease)
            self._record(connection, twins, now)
        return now

    def settle(self, problems: dict[str, str], state: str) -> None:
        """Keys whose twin is known not to have been made: refused, or not sent; with why."""
        if not problems:
            return
        with self._database.writing() as connection:
            now = lease.confirm(self._database, connection, self._lease)
            for key, problem in problems.items():
                connection.execute(
                    link.update()
                    .where(self._mine, link.c.key == key)
                    .values(state=state, problem=problem, sent_at=None, updated_at=now)
                )

    def seen(self, rows: Iterable[Seen]) -> None:
        """What linked keys look like now: their twins are as the settings want them."""
        changes = [{"its_key": key, "its_hash": content_hash} for key, content_hash in rows]
        if not changes:
            return
        with self._database.writing() as connection:
            now = lease.confirm(self._database, connection, self._lease)
            connection.execute(
                link.update()
                .where(self._mine, link.c.key == sa.bindparam("its_key"))
                .values(content_hash=sa.bindparam("its_hash"), updated_at=now),
                changes,
            )

    def _record(self, connection: sa.Connection, twins: Sequence[Twin], now: dt.datetime) -> None:
        rows: list[Row] = [
            {"its_key": key, "its_hash": content_hash, "its_office_id": office_id, "its_number": number, "its_how": how}
            for key, content_hash, office_id, number, how in twins
        ]
        self._execute(connection, _record(connection.dialect.name), rows, now)

    def _execute(self, connection: sa.Connection, statement: sa.Insert, rows: Sequence[Row], now: dt.datetime) -> None:
        common = {**self._common, "its_now": now}
        if rows:
            connection.execute(statement, [row | common for row in rows])


# The statements name what is the same in every row, and what is empty, in the statement itself: SQLAlchemy takes as long over each
# value of each row as the database takes over the row.


@cache
def _intend(dialect: str) -> sa.Insert:
    return _upsert(
        dialect, state=sa.literal_column(f"'{links.INTENDED}'"), sent_at=sa.bindparam("its_now"), matched_at=sa.null()
    )


@cache
def _record(dialect: str) -> sa.Insert:
    return _upsert(
        dialect,
        state=sa.literal_column(f"'{links.LINKED}'"),
        office_id=sa.bindparam("its_office_id"),
        number=sa.bindparam("its_number"),
        how=sa.bindparam("its_how"),
        matched_at=sa.bindparam("its_now"),
    )


def _upsert(dialect: str, **values: sa.ColumnElement[Any]) -> sa.Insert:
    """One row per key; a column that is not named becomes empty."""
    given: dict[str, sa.ColumnElement[Any]] = {
        "company": sa.bindparam("its_company"),
        "kind": sa.bindparam("its_kind"),
        "key": sa.bindparam("its_key"),
        "content_hash": sa.bindparam("its_hash"),
        "store": sa.bindparam("its_store"),
        "run_id": sa.bindparam("its_run_id"),
        "updated_at": sa.bindparam("its_now"),
        **values,
    }
    whole = {column.name: given.get(column.name, sa.null()) for column in link.columns}
    insert: sqlite.Insert | postgresql.Insert
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(link).values(whole)
    changing = {column.name: insert.excluded[column.name] for column in link.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=[link.c.company, link.c.kind, link.c.key], set_=changing)
