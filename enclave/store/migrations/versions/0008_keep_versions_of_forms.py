"""Keep the forms on which something was decided, and not their digests alone."""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "application_form",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_form_application_id_application"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "form_digest", name=op.f("pk_application_form")
        ),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("application_form")
