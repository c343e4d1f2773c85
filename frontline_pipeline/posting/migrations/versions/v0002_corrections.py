"""Corrections and recovery: the date in the ledger, attempts, the last sending, what a reversal is for, matching links.

Belongs here: this one step of the schema. Does not: change once released; write a new step instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = ("ledger_date", "attempts", "sent_at", "purpose", "links")


def upgrade() -> None:
    """Add the columns; what was posted before is dated on its business day, and was last sent when it last changed."""
    # Both databases want a default for a column that may not be empty; it is overwritten at once.
    op.add_column("document", sa.Column("ledger_date", sa.Date, nullable=False, server_default="2000-01-01"))
    op.add_column("document", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("document", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("purpose", sa.String(20), nullable=True))
    op.add_column("document", sa.Column("links", sa.Text, nullable=True))
    op.execute("update document set ledger_date = business_day, sent_at = updated_at")
    op.create_index("ix_document_company_ledger_date", "document", ["company", "ledger_date"])
    op.create_index("ix_z_in_document_z", "z_in_document", ["company", "register", "z_number"])


def downgrade() -> None:
    """Drop the columns; reversals stay, as documents of a kind that the older version does not know."""
    op.drop_index("ix_z_in_document_z", "z_in_document")
    op.drop_index("ix_document_company_ledger_date", "document")
    for column in _COLUMNS:
        op.drop_column("document", column)
