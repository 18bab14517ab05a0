"""Keep the lists of CPR numbers that were encrypted for somebody."""

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "cpr_extract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("prepared", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.String(length=60), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_cpr_extract_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"],
            ["account.name"],
            name=op.f("fk_cpr_extract_prepared_by_account"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient"],
            ["account.name"],
            name=op.f("fk_cpr_extract_recipient_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cpr_extract")),
    )
    for column in ("application_id", "recipient", "state"):
        op.create_index(f"ix_cpr_extract_{column}", "cpr_extract", [column])


def downgrade() -> None:
    """Go back to the version before."""
    for column in ("application_id", "recipient", "state"):
        op.drop_index(f"ix_cpr_extract_{column}", "cpr_extract")
    op.drop_table("cpr_extract")
