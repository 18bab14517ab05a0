"""Keep the stops of projects."""

import sqlalchemy as sa
from alembic import op


revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("lifted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_stop_project_number_project"),
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["account.name"], name=op.f("fk_stop_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["account.name"], name=op.f("fk_stop_lifted_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )
    op.create_index(op.f("ix_stop_project_number"), "stop", ["project_number"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index(op.f("ix_stop_project_number"), "stop")
    op.drop_table("stop")
