"""Count how many bytes are shown to whom, day by day."""

import sqlalchemy as sa
from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "display_egress",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("project", sa.String(length=30), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "project", "person", name=op.f("pk_display_egress")
        ),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("display_egress")
