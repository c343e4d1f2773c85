"""The stand-in's one SQLite file: clients, their registers, users and sessions.

Belongs here: the connection and its lock, reading and seeding registers, sessions.
Does not: the tables (ledger_schema.py), vouchers (ledger_vouchers.py), rules (voucher_rules.py), SOAP.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from frontline_pipeline.sandbox.ledger_schema import create_tables
from frontline_pipeline.sandbox.seed import SandboxClient

_SESSION_ALPHABET = string.ascii_lowercase + "012345"


@dataclass(frozen=True, slots=True)
class Session:
    """Who calls: a user on one identity of one client."""

    username: str
    identity: str
    client: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's access to a client."""

    id: str
    username: str
    client: str
    client_id: int
    client_name: str
    blocked: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client (company) as its ClientService shows it."""

    code: str
    client_id: int
    name: str
    organisation_number: str
    currency: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the chart."""

    number: int
    name: str
    kind: str
    tax_number: str


@dataclass(frozen=True, slots=True)
class TaxCodeRow:
    """A VAT code; `rate` in percent."""

    tax_id: int
    number: str
    name: str
    rate: Decimal
    vat_account: int | None


@dataclass(frozen=True, slots=True)
class VoucherTypeRow:
    """A voucher type and its number series."""

    number: int
    type_id: int
    title: str
    series_id: int
    turnover: bool


@dataclass(frozen=True, slots=True)
class FiscalYearRow:
    """A calendar year; `end` is exclusive, as in GetFiscalYears (API.md, 3.5)."""

    id: str
    year: int
    locked: bool

    @property
    def start(self) -> dt.date:
        """First day."""
        return dt.date(self.year, 1, 1)

    @property
    def end(self) -> dt.date:
        """The day after the last."""
        return dt.date(self.year + 1, 1, 1)

    def holds(self, day: dt.date) -> bool:
        """Whether a day lies in the year."""
        return day.year == self.year


class LedgerStore:
    """The SQLite file behind the stand-in. One connection under one lock; other processes are kept out by SQLite."""

    def __init__(self, path: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open or create `path` (`:memory:` for a ledger that ends with the process). `clock` gives seconds since 1970."""
        self.clock = clock
        self._lock = threading.RLock()
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None, timeout=15)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute("pragma foreign_keys = on")
        create_tables(self._db)

    def close(self) -> None:
        """Close the file; later calls fail."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, to read from."""
        with self._lock:
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection inside one immediate transaction: all of it, or on any error nothing."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    # Clients and registers

    def add_client(self, client: SandboxClient) -> None:
        """Add what the store lacks of a client; see seed.seed."""
        code = client.code
        with self.writing() as db:
            db.execute("insert or ignore into applications values (?)", (str(client.application_id),))
            self._add_user(db, client.username, client.password.get_secret_value())
            db.execute(
                "insert into clients values (?, ?, ?, ?, ?) on conflict (code) do update set client_id = excluded.client_id,"
                " name = excluded.name, organisation_number = excluded.organisation_number",
                (code, client.client_id, client.name, client.organisation_number, client.currency),
            )
            for identity in client.all_identities():
                db.execute(
                    "insert or ignore into identities select ?, ?, ?, ?, count(*) from identities where username = ?",
                    (str(identity.id), client.username, code, identity.blocked, client.username),
                )
            rows: dict[str, list[tuple[str | int | None, ...]]] = {
                "accounts": [(a.number, a.name, a.kind, a.tax_number) for a in client.accounts],
                "tax_codes": [(t.tax_id, t.number, t.name, str(t.rate), t.vat_account) for t in client.tax_codes],
                "voucher_types": [
                    (t.number, t.type_id, t.title, t.series_id, t.turnover) for t in client.voucher_types
                ],
                "fiscal_years": [(y.year, y.locked) for y in client.fiscal_years],
                "departments": list(client.departments),
                "projects": list(client.projects),
                "customers": list(client.customers),
                "dimension_types": [(d.type_id, d.name) for d in client.dimensions],
                "dimension_values": [(d.type_id, value, name) for d in client.dimensions for value, name in d.values],
            }
            for table, values in rows.items():
                if values:
                    marks = ", ".join("?" * (len(values[0]) + 1))
                    statement = f"insert or ignore into {table} values ({marks})"  # noqa: S608 - our own table names
                    db.executemany(statement, [(code, *value) for value in values])
            self._add_records(db, code, client)

    def _add_records(self, db: sqlite3.Connection, code: str, client: SandboxClient) -> None:
        """Customers and product categories as records; those that are there stay as they are."""
        now = dt.datetime.fromtimestamp(self.clock(), dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        named = [("company", *each) for each in client.customers]
        named += [("category", *each) for each in client.product_categories]
        for kind, number, name in named:
            fields = {"Id": str(number), "Name": name} | ({"Country": "NO"} if kind == "company" else {})
            keys = ("", "", name) if kind == "company" else ("", name, "")
            db.execute(
                "insert or ignore into records values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (code, kind, number, *keys, json.dumps(fields, ensure_ascii=False), now, now),
            )

    def _add_user(self, db: sqlite3.Connection, username: str, password: str) -> None:
        if self._password_fits(db, username, password):
            return
        salt = secrets.token_hex(16)
        db.execute("insert or replace into users values (?, ?, ?)", (username, salt, _hash_password(password, salt)))

    def clients(self) -> list[ClientRow]:
        """All clients, by code."""
        with self.reading() as db:
            return [ClientRow(**row) for row in db.execute("select * from clients order by code")]

    def client(self, code: str) -> ClientRow:
        """One client. Raises KeyError when unknown."""
        with self.reading() as db:
            row = db.execute("select * from clients where code = ?", (code,)).fetchone()
        if row is None:
            raise KeyError(code)
        return ClientRow(**row)

    def accounts(self, client: str) -> list[AccountRow]:
        """The chart of accounts, by number."""
        with self.reading() as db:
            rows = db.execute(
                "select number, name, kind, tax_number from accounts where client = ? order by 1", (client,)
            )
            return [AccountRow(*row) for row in rows]

    def tax_codes(self, client: str) -> list[TaxCodeRow]:
        """The VAT codes, by id."""
        with self.reading() as db:
            rows = db.execute(
                "select tax_id, number, name, rate, vat_account from tax_codes where client = ? order by 1", (client,)
            )
            return [TaxCodeRow(row[0], row[1], row[2], Decimal(row[3]), row[4]) for row in rows]

    def voucher_types(self, client: str) -> list[VoucherTypeRow]:
        """The voucher types, by number."""
        with self.reading() as db:
            rows = db.execute(
                "select number, type_id, title, series_id, turnover from voucher_types where client = ? order by 1",
                (client,),
            )
            return [VoucherTypeRow(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]

    def fiscal_years(self, client: str) -> list[FiscalYearRow]:
        """The fiscal years that are set up, oldest first."""
        with self.reading() as db:
            rows = db.execute("select year, locked from fiscal_years where client = ? order by 1", (client,)).fetchall()
        return [
            FiscalYearRow(str(uuid5(NAMESPACE_URL, f"fiscal-year:{client}:{year}")), year, bool(locked))
            for year, locked in rows
        ]

    def set_year_locked(self, client: str, year: int, locked: bool) -> None:
        """Lock or unlock a fiscal year. Raises KeyError when the client has no such year."""
        with self.writing() as db:
            done = db.execute(
                "update fiscal_years set locked = ? where client = ? and year = ?", (locked, client, year)
            )
            if not done.rowcount:
                raise KeyError(f"{client}/{year}")

    def named(self, table: str, client: str) -> list[tuple[int, str]]:
        """Id and name of `departments`, `projects`, `customers` or `dimension_types`, by id."""
        if table not in {"departments", "projects", "customers", "dimension_types"}:
            raise ValueError(f"no such register: {table}")
        with self.reading() as db:
            rows = db.execute(f"select id, name from {table} where client = ? order by 1", (client,))  # noqa: S608
            return [(row[0], row[1]) for row in rows]

    def has_customer(self, client: str, number: int) -> bool:
        """Whether a customer or supplier of this number exists."""
        with self.reading() as db:
            found = db.execute("select 1 from customers where client = ? and id = ?", (client, number)).fetchone()
        return found is not None

    def dimension_values(self, client: str) -> list[tuple[int, str, str]]:
        """Dimension type, value and name of every user-defined dimension value."""
        with self.reading() as db:
            rows = db.execute(
                "select type_id, value, name from dimension_values where client = ? order by 1, 2", (client,)
            )
            return [(row[0], row[1], row[2]) for row in rows]

    # Users, identities, sessions

    def credentials_fit(self, application: str, username: str, password: str) -> bool:
        """Whether application, user name and password belong together."""
        with self.reading() as db:
            known = db.execute("select 1 from applications where id = ?", (application.lower(),)).fetchone()
            return known is not None and self._password_fits(db, username, password)

    def _password_fits(self, db: sqlite3.Connection, username: str, password: str) -> bool:
        row = db.execute("select salt, password_hash from users where username = ?", (username,)).fetchone()
        return row is not None and hmac.compare_digest(row[1], _hash_password(password, row[0]))

    def identities(self, username: str) -> list[Identity]:
        """The identities of a user; the first that was seeded is the default."""
        with self.reading() as db:
            rows = db.execute(
                "select i.id, i.username, i.client, c.client_id, c.name, i.blocked, i.position"
                " from identities i join clients c on c.code = i.client where i.username = ? order by i.position",
                (username,),
            )
            return [
                Identity(
                    id=row["id"],
                    username=row["username"],
                    client=row["client"],
                    client_id=row["client_id"],
                    client_name=row["name"],
                    blocked=bool(row["blocked"]),
                    is_default=row["position"] == 0,
                )
                for row in rows
            ]

    def set_identity_blocked(self, identity: str, blocked: bool) -> None:
        """Block or unblock an identity. Raises KeyError when unknown."""
        with self.writing() as db:
            if not db.execute("update identities set blocked = ? where id = ?", (blocked, identity)).rowcount:
                raise KeyError("no such identity")

    def open_session(self, username: str, identity: str, seconds: float) -> str:
        """A new session id on an identity, valid for `seconds`. Only its hash is stored."""
        token = "".join(secrets.choice(_SESSION_ALPHABET) for _ in range(24))
        with self.writing() as db:
            db.execute("delete from sessions where expires_at <= ?", (self.clock(),))
            expires = self.clock() + seconds
            db.execute("insert into sessions values (?, ?, ?, ?)", (_hash_token(token), username, identity, expires))
        return token

    def session(self, token: str | None) -> Session | None:
        """The living session of a session id, else None. A session on a blocked identity is dead."""
        if not token:
            return None
        with self.reading() as db:
            row = db.execute(
                "select s.username, s.identity, i.client from sessions s join identities i on i.id = s.identity"
                " where s.token_hash = ? and s.expires_at > ? and not i.blocked",
                (_hash_token(token), self.clock()),
            ).fetchone()
        return None if row is None else Session(*row)

    def move_session(self, token: str, identity: str) -> None:
        """Put a session on another identity of its user."""
        with self.writing() as db:
            db.execute("update sessions set identity = ? where token_hash = ?", (identity, _hash_token(token)))

    def expire_sessions(self) -> int:
        """End every session, as a time-out would; returns how many there were."""
        with self.writing() as db:
            return db.execute("delete from sessions").rowcount


def _hash_password(password: str, salt: str) -> str:
    # Cheap on purpose (about 5 ms): the passwords of a stand-in guard nothing, but still do not lie about in clear.
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**11, r=8, p=1).hex()


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
