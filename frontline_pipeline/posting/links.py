"""The link table: which customer or product of Frontline is which one in 24SevenOffice.

Belongs here: reading links, the intent before a twin is made, recording what came of it; all of it under the company's lease.
Does not: deciding which twin is the right one (masterdata/matching.py), calls (twins.py).

States of a row: `intended` - a twin may have been made, and the answer is not there (yet); `linked` - the twin is known; `not_sent`
- known not to have been made; `refused` - 24SevenOffice refused to make it. A key has one row, so it can have one twin only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from frontline_pipeline.posting import lease
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.lease import Lease
from frontline_pipeline.posting.schema import link

INTENDED, LINKED, NOT_SENT, REFUSED = "intended", "linked", "not_sent", "refused"
CUSTOMER, PRODUCT = "customer", "product"

_COLUMNS = ("key", "state", "office_id", "number", "how", "content_hash", "matched_at", "sent_at", "problem")
_DTYPES = {
    "key": "str",
    "state": "str",
    "office_id": "Int64",
    "number": "str",
    "how": "str",
    "content_hash": "str",
    "matched_at": "datetime64[us, UTC]",
    "sent_at": "datetime64[us, UTC]",
    "problem": "str",
}
_FEW = 2000
"""Up to so many keys are asked for by name; beyond, the company's whole table is read."""
_AT_ONCE = 500


def read(database: Database, company: str, kind: str, keys: Iterable[str] | None = None) -> pd.DataFrame:
    """Links indexed by key: state, office_id, number, how, content_hash, matched_at, sent_at, problem. `keys` None: all of them."""
    columns = [link.c[name] for name in _COLUMNS]
    mine = sa.and_(link.c.company == company, link.c.kind == kind)
    wanted = None if keys is None else list(dict.fromkeys(keys))
    rows: list[sa.Row[tuple[object, ...]]] = []
    with database.reading() as connection:
        if wanted is None or len(wanted) > _FEW:
            rows = list(connection.execute(sa.select(*columns).where(mine)))
        else:
            for start in range(0, len(wanted), _AT_ONCE):
                among = link.c.key.in_(wanted[start : start + _AT_ONCE])
                rows += connection.execute(sa.select(*columns).where(mine, among))
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=list(_COLUMNS))
    return frame.astype(_DTYPES).set_index("key").sort_index()


def intend(database: Database, held: Lease, kind: str, rows: pd.DataFrame, store: str, run_id: str) -> None:
    """Before the call: these keys (`link_key`, `content_hash`) are about to get a twin. On disk when it returns.

    Raises FencedOut when the lease was lost; then nothing may be sent.
    """
    with database.writing() as connection:
        now = lease.confirm(database, connection, held)
        _write(
            connection,
            [
                {
                    "key": key,
                    "state": INTENDED,
                    "office_id": None,
                    "number": None,
                    "how": None,
                    "content_hash": content_hash,
                    "matched_at": None,
                    "sent_at": now,
                    "problem": None,
                }
                for key, content_hash in zip(rows["link_key"], rows["content_hash"], strict=True)
            ],
            {"company": held.company, "kind": kind, "store": store, "run_id": run_id, "updated_at": now},
        )


def record(
    database: Database, held: Lease, kind: str, rows: pd.DataFrame, how: Sequence[str], store: str, run_id: str
) -> dt.datetime:
    """Twins that are known now: `link_key`, `content_hash`, `office_id`, `number`; returns when, by the log's clock."""
    with database.writing() as connection:
        now = lease.confirm(database, connection, held)
        columns = (rows["link_key"], rows["office_id"], rows["number"], how, rows["content_hash"])
        _write(
            connection,
            [
                {
                    "key": key,
                    "state": LINKED,
                    "office_id": int(office_id),
                    "number": number,
                    "how": by,
                    "content_hash": content_hash,
                    "matched_at": now,
                    "sent_at": None,
                    "problem": None,
                }
                for key, office_id, number, by, content_hash in zip(*columns, strict=True)
            ],
            {"company": held.company, "kind": kind, "store": store, "run_id": run_id, "updated_at": now},
        )
    return now


def settle(database: Database, held: Lease, kind: str, problems: dict[str, str], state: str) -> None:
    """Keys whose twin is known not to have been made: refused, or not sent; with why."""
    if not problems:
        return
    with database.writing() as connection:
        now = lease.confirm(database, connection, held)
        for key, problem in problems.items():
            connection.execute(
                link.update()
                .where(link.c.company == held.company, link.c.kind == kind, link.c.key == key)
                .values(state=state, problem=problem, sent_at=None, updated_at=now)
            )


def seen(database: Database, held: Lease, kind: str, rows: pd.DataFrame) -> None:
    """What a linked key looks like now (`link_key`, `content_hash`): its twin is as the settings want it."""
    if not len(rows):
        return
    with database.writing() as connection:
        now = lease.confirm(database, connection, held)
        connection.execute(
            link.update()
            .where(link.c.company == held.company, link.c.kind == kind, link.c.key == sa.bindparam("its_key"))
            .values(content_hash=sa.bindparam("its_hash"), updated_at=now),
            [
                {"its_key": key, "its_hash": content_hash}
                for key, content_hash in zip(rows["link_key"], rows["content_hash"], strict=True)
            ],
        )


def _write(connection: sa.Connection, rows: list[dict[str, object]], common: dict[str, object]) -> None:
    if not rows:
        return
    statement = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(link)
    changing = {c.name: statement.excluded[c.name] for c in link.columns if not c.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[link.c.company, link.c.kind, link.c.key], set_=changing),
        [{**row, **common} for row in rows],
    )
