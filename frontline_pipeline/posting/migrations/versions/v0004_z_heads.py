"""The book of Z heads: what continuity per register is judged from.

Belongs here: this one step of the schema. Does not: change once released; write a new step instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty: it fills as store-days are run, or by `frontline chain --fill`."""
    op.create_table(
        "z_head",
        sa.Column("company", sa.String(40), nullable=False),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("business_day", sa.Date, nullable=False),
        sa.Column("register", sa.String(100), nullable=False),
        sa.Column("z_number", sa.String(100), nullable=False),
        sa.Column("occurrence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sales_total", sa.BigInteger, nullable=False),
        sa.Column("return_amount", sa.BigInteger, nullable=True),
        sa.Column("grand_total_sales", sa.BigInteger, nullable=True),
        sa.Column("grand_total_return", sa.BigInteger, nullable=True),
        sa.Column("grand_total_net", sa.BigInteger, nullable=True),
        sa.Column("source_sha256", sa.String(64), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "company", "store", "business_day", "register", "z_number", "occurrence", name="pk_z_head"
        ),
    )
    op.create_index("ix_z_head_company_register", "z_head", ["company", "register"])


def downgrade() -> None:
    """Drop the table; the extracts still say what it said."""
    op.drop_table("z_head")
