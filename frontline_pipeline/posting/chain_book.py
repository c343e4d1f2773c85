"""The book of Z heads in the posting database: what every Z-report that arrived says of its place in its register's chain.

Belongs here: writing a store-day's heads, reading a store's.
Does not: judge them (accounting/chain.py), say what a gap means for a store-day (continuity.py).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from frontline_pipeline.accounting.chain_model import ZHead, in_order
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.schema import z_head

_KEY = (
    z_head.c.company,
    z_head.c.store,
    z_head.c.business_day,
    z_head.c.register,
    z_head.c.z_number,
    z_head.c.occurrence,
)
_SAID = ("sales_total", "return_amount", "grand_total_sales", "grand_total_return", "grand_total_net", "source_sha256")
_HEAD = ("store", "business_day", "register", "z_number", *_SAID)


class ChainBook:
    """The heads of all companies' Z-reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heads(self, company: str, store: str, registers: Collection[str] = ()) -> list[ZHead]:
        """Every head of a store, and of these registers wherever they stood, by business day."""
        c = z_head.c
        mine = sa.or_(c.store == store, c.register.in_(sorted(registers))) if registers else c.store == store
        with self._database.reading() as connection:
            return _read(connection, c.company == company, mine)

    def record(self, company: str, store: str, day: dt.date, heads: Iterable[ZHead]) -> bool:
        """Make these the heads of a store-day, in place of what it had; False when it says the same already and nothing is
        written. Raises ValueError for a head of another store-day."""
        wanted = in_order(heads)
        if any(head.where != (store, day) for head in wanted):
            raise ValueError(f"a head that is recorded for {store} {day} is of another store-day")
        c = z_head.c
        where = (c.company == company, c.store == store, c.business_day == day)
        with self._database.reading() as connection:
            if _read(connection, *where) == wanted:
                return False
        with self._database.writing() as connection:
            rows = _rows(company, wanted, self._database.now(connection))
            gone = z_head.delete().where(*where)
            if rows:
                keys = [(row["register"], row["z_number"], row["occurrence"]) for row in rows]
                gone = gone.where(sa.tuple_(c.register, c.z_number, c.occurrence).not_in(keys))
            connection.execute(gone)
            if rows:
                # Two runs of one store-day may write at once: the later one's word stands, neither fails.
                insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(z_head)
                said = {name: insert.excluded[name] for name in (*_SAID, "recorded_at")}
                connection.execute(insert.on_conflict_do_update(index_elements=list(_KEY), set_=said), rows)
        return True


def _read(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[ZHead]:
    found = connection.execute(sa.select(*(z_head.c[name] for name in _HEAD)).where(*where))
    return in_order(ZHead(*row) for row in found)


def _rows(company: str, heads: Sequence[ZHead], now: dt.datetime) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str]] = Counter()
    out: list[dict[str, Any]] = []
    for head in heads:
        seen[head.register, head.z_number] += 1
        row = {name: getattr(head, name) for name in _HEAD}
        out.append({"company": company, "occurrence": seen[head.register, head.z_number], "recorded_at": now, **row})
    return out
