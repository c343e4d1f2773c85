"""What brought a document where it is, and why a person has a voucher reversed.

Belongs here: this one step of the schema. Does not: change once released; write a new step instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = ("event", "reason")


def upgrade() -> None:
    """Add the columns; the last step of what is there already stands in its history."""
    op.add_column("document", sa.Column("event", sa.String(30), nullable=True))
    op.add_column("document", sa.Column("reason", sa.Text, nullable=True))
    op.execute(
        "update document set event = (select h.event from document_history h where h.document_id = document.id "
        "order by h.id desc limit 1)"
    )


def downgrade() -> None:
    """Drop the columns; what they say stands in the history too."""
    for column in _COLUMNS:
        op.drop_column("document", column)
