"""Alembic's entry: runs migrations on the connection that `database.open_database` hands over.

Belongs here: the context's configuration. Does not: open or commit; the caller's transaction spans all migrations, so that
a crash leaves the old schema whole (SQLite and PostgreSQL both roll DDL back).
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from frontline_pipeline.posting.schema import metadata


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise RuntimeError(
            "posting-log migrations run only through frontline_pipeline.posting.database.open_database, which upgrades "
            "a log when it is opened"
        )
    context.configure(connection=connection, target_metadata=metadata, version_table="posting_log_version")
    with context.begin_transaction():
        context.run_migrations()


_run()
