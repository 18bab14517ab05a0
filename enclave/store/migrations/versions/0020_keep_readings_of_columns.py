"""Keep which delivered columns were read in workspaces."""

import sqlalchemy as sa
from alembic import op


revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "column_reading",
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("column", sa.String(length=130), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_column_reading_project_number_project"),
        ),
        sa.PrimaryKeyConstraint(
            "project_number", "version", "column", name=op.f("pk_column_reading")
        ),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("column_reading")
