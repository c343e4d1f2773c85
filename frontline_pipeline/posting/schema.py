"""The tables of the posting log (SQLAlchemy Core), the same on SQLite and PostgreSQL.

Belongs here: tables, indexes, the UTC column type, the number of the newest migration.
Does not: open databases (database.py), change them (migrations/), read or write rows (documents.py, lease.py, lookups.py).

No personal data and no credentials stand in any column: payloads name accounts, codes, customer numbers and keys.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

HEAD = "0005"
"""Revision of the newest migration; a test holds it against the migrations themselves."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so there it is stored naive and comes back as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC as the dialect keeps it; a naive datetime is a fault of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time in the posting log needs a zone")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The stored time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

document = sa.Table(
    "document",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("store", sa.String(40), nullable=False),
    sa.Column("business_day", sa.Date, nullable=False),
    sa.Column("ledger_date", sa.Date, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("document_key", sa.String(200), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("reference", sa.String(50), nullable=False),
    sa.Column("granularity", sa.String(20), nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("type_no", sa.Integer, nullable=True),
    sa.Column("series_id", sa.Integer, nullable=True),
    sa.Column("year_id", sa.Integer, nullable=True),
    sa.Column("transaction_no", sa.Integer, nullable=True),
    sa.Column("owns_number", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reached_ledger", sa.Boolean, nullable=False),
    sa.Column("problem_kind", sa.String(40), nullable=True),
    sa.Column("problem", sa.Text, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=True),
    sa.Column("purpose", sa.String(20), nullable=True),
    sa.Column("links", sa.Text, nullable=True),
    sa.Column("event", sa.String(30), nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("fencing_token", sa.BigInteger, nullable=False),
    sa.Column("run_id", sa.String(100), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("company", "kind", "document_key", "revision"),
)
sa.Index("ix_document_store_business_day", document.c.store, document.c.business_day)
sa.Index("ix_document_company_business_day", document.c.company, document.c.business_day)
sa.Index("ix_document_company_ledger_date", document.c.company, document.c.ledger_date)
sa.Index("ix_document_company_state", document.c.company, document.c.state)
_OWNED = document.c.owns_number.is_(sa.true())
sa.Index(
    "uq_document_number",
    document.c.company,
    document.c.series_id,
    document.c.year_id,
    document.c.transaction_no,
    unique=True,
    sqlite_where=_OWNED,
    postgresql_where=_OWNED,
)
"""An intent owns its TransactionNo: no second document of the company can take it."""

document_history = sa.Table(
    "document_history",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("document_id", _Id, sa.ForeignKey("document.id"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("from_state", sa.String(20), nullable=True),
    sa.Column("to_state", sa.String(20), nullable=False),
    sa.Column("event", sa.String(30), nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("transaction_no", sa.Integer, nullable=True),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("payload", sa.Text, nullable=True),
)
"""Append-only (triggers refuse to change or delete a row). `payload` stands at each intent: what that attempt sent."""

z_in_document = sa.Table(
    "z_in_document",
    metadata,
    sa.Column("document_id", _Id, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("register", sa.String(100), primary_key=True),
    sa.Column("z_number", sa.String(100), primary_key=True),
    sa.Column("live", sa.Boolean, nullable=False),
)
sa.Index("ix_z_in_document_z", z_in_document.c.company, z_in_document.c.register, z_in_document.c.z_number)
_LIVE = z_in_document.c.live.is_(sa.true())
sa.Index(
    "uq_z_in_document_live",
    z_in_document.c.company,
    z_in_document.c.register,
    z_in_document.c.z_number,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)
"""THE guard against doubling: a Z-report is in at most one live document of its company, whatever the granularity."""

z_head = sa.Table(
    "z_head",
    metadata,
    sa.Column("company", sa.String(40), primary_key=True),
    sa.Column("store", sa.String(40), primary_key=True),
    sa.Column("business_day", sa.Date, primary_key=True),
    sa.Column("register", sa.String(100), primary_key=True),
    sa.Column("z_number", sa.String(100), primary_key=True),
    sa.Column("occurrence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sales_total", sa.BigInteger, nullable=False),
    sa.Column("return_amount", sa.BigInteger, nullable=True),
    sa.Column("grand_total_sales", sa.BigInteger, nullable=True),
    sa.Column("grand_total_return", sa.BigInteger, nullable=True),
    sa.Column("grand_total_net", sa.BigInteger, nullable=True),
    sa.Column("source_sha256", sa.String(64), nullable=True),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)
"""The book of Z heads: what every Z-report that arrived says of its place in its register's chain. Amounts in øre. A store-day
holds what its extract says now; `occurrence` tells rows of one number on one day apart (a fault, which the chain names)."""
sa.Index("ix_z_head_company_register", z_head.c.company, z_head.c.register)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("company", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=True),
    sa.Column("fencing_token", sa.BigInteger, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

lookup_cache = sa.Table(
    "lookup_cache",
    metadata,
    sa.Column("company", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("initialised_at", UtcDateTime, nullable=False),
    sa.Column("initialised_by", sa.String(200), nullable=False),
    sa.Column("how", sa.String(20), nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("company", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(150), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("office_id", sa.BigInteger, nullable=True),
    sa.Column("number", sa.String(100), nullable=True),
    sa.Column("how", sa.String(30), nullable=True),
    sa.Column("content_hash", sa.String(32), nullable=False),
    sa.Column("matched_at", UtcDateTime, nullable=True),
    sa.Column("sent_at", UtcDateTime, nullable=True),
    sa.Column("problem", sa.Text, nullable=True),
    sa.Column("store", sa.String(40), nullable=False),
    sa.Column("run_id", sa.String(200), nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
"""Customers and products of Frontline with their twins: one row per key, which is the guard against a second twin. `content_hash`
is that of what was last matched or sent; `state`: see links.py."""
sa.Index("ix_link_company_kind_office_id", link.c.company, link.c.kind, link.c.office_id)
