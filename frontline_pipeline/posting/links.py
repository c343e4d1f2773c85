"""The link table: which customer or product of Frontline is which one in 24SevenOffice.

Belongs here: the states of a link, reading links.
Does not: writing them (link_book.py), deciding which twin is the right one (masterdata/matching.py), calls (twins_walk.py).

States of a row: `intended` - a twin may have been made, and the answer is not there (yet); `linked` - the twin is known; `not_sent`
- known not to have been made; `refused` - 24SevenOffice refused to make it. A key has one row, so it can have one twin only.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import sqlalchemy as sa

from frontline_pipeline.posting.database import Database
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


def office_ids(database: Database, company: str, kind: str, keys: Iterable[str], prefix: str) -> dict[str, int]:
    """The ids in 24SevenOffice of those of `keys` that are linked; `prefix`: before each of them in the link table."""
    wanted = [prefix + key for key in sorted(set(keys))]
    if not wanted:
        return {}
    found = read(database, company, kind, wanted)
    linked = found[found["state"].eq(LINKED) & found["office_id"].notna()]
    return {str(key).removeprefix(prefix): int(value) for key, value in linked["office_id"].items()}
