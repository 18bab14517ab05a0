"""Keep lists of applications fast: everything they look at, without the forms."""

from alembic import op


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_index(
        "ix_application_lists",
        "application",
        [
            "changed",
            "id",
            "kind",
            "state",
            "created_by",
            "project_number",
            "form_digest",
        ],
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index("ix_application_lists", "application")
