"""The first posting log: documents with history, the Z-report guard, lease, lookup cache, meta.

Belongs here: this one step of the schema. Does not: change once released; write a new step instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_TABLES = ("z_in_document", "document_history", "document", "lease", "lookup_cache", "meta")


def upgrade() -> None:
    """Make all tables."""
    _documents()
    _history()
    op.create_table(
        "z_in_document",
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("register", sa.String(100), nullable=False),
        sa.Column("z_number", sa.String(100), nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("document_id", "register", "z_number", name="pk_z_in_document"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_z_in_document_document_id_document"),
    )
    _unique_where("uq_z_in_document_live", "z_in_document", ["company", "register", "z_number"], "live")
    op.create_table(
        "lease",
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(200), nullable=True),
        sa.Column("fencing_token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("company", name="pk_lease"),
    )
    op.create_table(
        "lookup_cache",
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("fetched_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("company", "kind", "key", name="pk_lookup_cache"),
    )
    op.create_table(
        "meta",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("initialised_at", _TIME, nullable=False),
        sa.Column("initialised_by", sa.String(200), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meta"),
        sa.CheckConstraint("id = 1", name=op.f("ck_meta_one_row")),
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("business_day", sa.Date, nullable=False),
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
        sa.Column("fencing_token", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.String(100), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint(
            "company", "kind", "document_key", "revision", name="uq_document_company_kind_document_key_revision"
        ),
    )
    op.create_index("ix_document_store_business_day", "document", ["store", "business_day"])
    op.create_index("ix_document_company_business_day", "document", ["company", "business_day"])
    op.create_index("ix_document_company_state", "document", ["company", "state"])
    _unique_where(
        "uq_document_number", "document", ["company", "series_id", "year_id", "transaction_no"], "owns_number"
    )


def _history() -> None:
    op.create_table(
        "document_history",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("from_state", sa.String(20), nullable=True),
        sa.Column("to_state", sa.String(20), nullable=False),
        sa.Column("event", sa.String(30), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("transaction_no", sa.Integer, nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_document_history"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_document_history_document_id_document"),
    )
    op.create_index("ix_document_history_document_id", "document_history", ["document_id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger document_history_no_{verb} before {verb} on document_history "
                "begin select raise(abort, 'document_history is append-only'); end"
            )
    else:
        op.execute(
            "create function document_history_append_only() returns trigger language plpgsql as "
            "$$ begin raise exception 'document_history is append-only'; end $$"
        )
        op.execute(
            "create trigger document_history_no_change before update or delete on document_history "
            "for each row execute function document_history_append_only()"
        )


def _unique_where(name: str, table: str, columns: list[str], flag: str) -> None:
    where = sa.column(flag, sa.Boolean).is_(sa.true())
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop all tables: the log is lost."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function document_history_append_only()")
