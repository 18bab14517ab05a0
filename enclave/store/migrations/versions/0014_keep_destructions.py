"""Keep that the data of projects were destroyed."""

import sqlalchemy as sa
from alembic import op


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "project_destruction",
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=60), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.{key}"],
                name=op.f(f"fk_project_destruction_{column}_{table}"),
            )
            for column, table, key in (
                ("project_number", "project", "number"),
                ("application_id", "application", "id"),
                ("started_by", "account", "name"),
            )
        ),
        sa.PrimaryKeyConstraint("project_number", name=op.f("pk_project_destruction")),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("project_destruction")
