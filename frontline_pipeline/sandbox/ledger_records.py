"""Companies, products, categories and orders of the stand-in, each as the elements it was saved with.

Belongs here: the SQL over records: numbers, merging what is given into what is there, searching by key.
Does not: SOAP (services_company.py, ...) or what is refused (masterdata_rules.py, order_rules.py).

A record keeps its elements as text, under the names and in the shape of the schema; what an update leaves out stays.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from frontline_pipeline.sandbox.ledger_store import LedgerStore

RecordKind = Literal["company", "product", "category", "order"]

#: The element that holds a record's number, and up to three that it is found by.
ID: Mapping[RecordKind, str] = {"company": "Id", "product": "Id", "category": "Id", "order": "OrderId"}
KEYS: Mapping[RecordKind, tuple[str, ...]] = {
    "company": ("ExternalId", "OrganizationNumber", "Name"),
    "product": ("No", "EAN1", "CategoryId"),
    "category": ("No", "Name"),
    "order": ("CustomerId", "ExternalStatus", "InvoiceId"),
}
#: Where the stand-in shows them as JSON.
KINDS_BY_PAGE: Mapping[str, RecordKind] = {
    "/_sandbox/companies": "company",
    "/_sandbox/products": "product",
    "/_sandbox/categories": "category",
    "/_sandbox/orders": "order",
}
#: The first number that the stand-in gives out by itself.
FIRST: Mapping[RecordKind, int] = {"company": 10_001, "product": 1, "category": 1, "order": 1}
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is stored; times are UTC without offset. `active` False = archived (companies only)."""

    id: int
    fields: Fields
    registered_at: dt.datetime
    changed_at: dt.datetime
    active: bool


class RecordBook:
    """The records in a store."""

    def __init__(self, store: LedgerStore) -> None:
        self.store = store

    def get(self, client: str, kind: RecordKind, number: int) -> Record | None:
        """One record, or None."""
        return next(iter(self.find(client, kind, ids=[number])), None)

    def find(
        self,
        client: str,
        kind: RecordKind,
        *,
        ids: Iterable[int] | None = None,
        keys: Mapping[str, Iterable[str]] | None = None,
        changed_after: dt.datetime | None = None,
        registered_after: dt.datetime | None = None,
    ) -> list[Record]:
        """Records that fit everything given, by number. `keys`: the values that a key element may have."""
        conditions, values = ["client = ?", "kind = ?"], [client, kind]
        for column, wanted in (("changed_at", changed_after), ("registered_at", registered_after)):
            if wanted is not None:
                conditions.append(f"{column} > ?")
                values.append(wanted.isoformat(timespec="microseconds"))
        lists: list[tuple[str, list[Any]]] = [] if ids is None else [("id", list(ids))]
        for name, allowed in (keys or {}).items():
            lists.append((f"key{KEYS[kind].index(name) + 1}", list(allowed)))
        for column, allowed_values in lists:
            conditions.append(f"{column} in (select value from json_each(?))")  # noqa: S608 - our own columns
            values.append(json.dumps(allowed_values))
        with self.store.reading() as db:
            rows = db.execute(
                f"select * from records where {' and '.join(conditions)} order by id",  # noqa: S608 - our own columns
                values,
            ).fetchall()
        return [_record(row) for row in rows]

    def put(self, client: str, kind: RecordKind, number: int | None, given: Fields) -> int:
        """Store a new record (`number` None = the next free one) or merge into the one that is there; returns its number.

        Inside the caller's transaction (LedgerStore.writing), so that a refusal undoes it.
        """
        now = (
            dt.datetime.fromtimestamp(self.store.clock(), dt.UTC)
            .replace(tzinfo=None)
            .isoformat(timespec="microseconds")
        )
        with self.store.reading() as db:
            known = None if number is None else self._row(db, client, kind, number)
            own = number if number is not None else self._next(db, client, kind)
            fields = {**(json.loads(known["fields"]) if known is not None else {}), **given, ID[kind]: str(own)}
            keys = [str(fields.get(name, "")) for name in KEYS[kind]]
            keys += [""] * (3 - len(keys))
            db.execute(
                "insert into records (client, kind, id, key1, key2, key3, fields, registered_at, changed_at, active)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) on conflict (client, kind, id) do update set key1 = excluded.key1,"
                " key2 = excluded.key2, key3 = excluded.key3, fields = excluded.fields, changed_at = excluded.changed_at",
                (client, kind, own, *keys, json.dumps(fields, ensure_ascii=False), now, now),
            )
            if kind == "company":
                # The ledger asks this register whether a line's customer exists.
                db.execute(
                    "insert into customers values (?, ?, ?) on conflict (client, id) do update set name = excluded.name",
                    (client, own, str(fields.get("Name", ""))),
                )
        return own

    def set_active(self, client: str, kind: RecordKind, number: int, active: bool) -> None:
        """Archive a record or take it back. Raises KeyError when unknown."""
        with self.store.writing() as db:
            done = db.execute(
                "update records set active = ? where client = ? and kind = ? and id = ?", (active, client, kind, number)
            )
            if not done.rowcount:
                raise KeyError(f"{client}/{kind}/{number}")

    def next_invoice(self, client: str) -> int:
        """The next invoice number, inside the caller's transaction as well."""
        with self.store.reading() as db:
            row = db.execute(
                "insert into invoice_numbers values (?, 1) on conflict (client) do update set last = last + 1 returning last",
                (client,),
            ).fetchone()
        return int(row[0])

    def count(self, client: str, kind: RecordKind) -> int:
        """How many there are."""
        with self.store.reading() as db:
            row = db.execute("select count(*) from records where client = ? and kind = ?", (client, kind)).fetchone()
        return int(row[0])

    @staticmethod
    def _row(db: sqlite3.Connection, client: str, kind: str, number: int) -> sqlite3.Row | None:
        found: sqlite3.Row | None = db.execute(
            "select * from records where client = ? and kind = ? and id = ?", (client, kind, number)
        ).fetchone()
        return found

    @staticmethod
    def _next(db: sqlite3.Connection, client: str, kind: RecordKind) -> int:
        row = db.execute("select max(id) from records where client = ? and kind = ?", (client, kind)).fetchone()
        return max(int(row[0] or 0) + 1, FIRST[kind])


def _record(row: sqlite3.Row) -> Record:
    return Record(
        id=row["id"],
        fields=json.loads(row["fields"]),
        registered_at=dt.datetime.fromisoformat(row["registered_at"]),
        changed_at=dt.datetime.fromisoformat(row["changed_at"]),
        active=bool(row["active"]),
    )
