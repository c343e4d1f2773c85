"""Links between customers and products of Frontline and their twins in 24SevenOffice.

Belongs here: this one step of the schema. Does not: change once released; write a new step instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "link",
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(150), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("office_id", sa.BigInteger, nullable=True),
        sa.Column("number", sa.String(100), nullable=True),
        sa.Column("how", sa.String(30), nullable=True),
        sa.Column("content_hash", sa.String(32), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(200), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("company", "kind", "key", name="pk_link"),
    )
    op.create_index("ix_link_company_kind_office_id", "link", ["company", "kind", "office_id"])


def downgrade() -> None:
    """Drop the table: twins are then found again by ExternalId, number and the other steps."""
    op.drop_index("ix_link_company_kind_office_id", "link")
    op.drop_table("link")
