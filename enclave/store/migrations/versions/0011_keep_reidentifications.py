"""Keep requests to say who a pseudonym stands for."""

import sqlalchemy as sa
from alembic import op


revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "reidentification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("other_number", sa.Integer(), nullable=True),
        sa.Column("pseudonyms", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first", sa.String(length=60), nullable=True),
        sa.Column("second", sa.String(length=60), nullable=True),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["account.name"],
                name=op.f(f"fk_reidentification_{column}_account"),
            )
            for column in ("asked_by", "first", "second")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["project.number"],
                name=op.f(f"fk_reidentification_{column}_project"),
            )
            for column in ("project_number", "other_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reidentification")),
    )
    op.create_index(
        "ix_reidentification_project_number", "reidentification", ["project_number"]
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_reidentification_project_number", "reidentification")
    op.drop_table("reidentification")
