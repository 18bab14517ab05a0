"""Keep the register of institutions, accepted agreements and training attempts."""

import sqlalchemy as sa
from alembic import op

from enclave.clock import now


revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    institution = op.create_table(
        "institution",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["host"], ["institution.name"], name=op.f("fk_institution_host_institution")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_institution")),
    )
    _take_over(institution)
    op.create_table(
        "agreement_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("accepted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name=op.f("fk_agreement_acceptance_account_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_acceptance")),
    )
    op.create_index(
        op.f("ix_agreement_acceptance_account"), "agreement_acceptance", ["account"]
    )
    op.create_table(
        "training_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bank_digest", sa.String(length=64), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("correct", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name=op.f("fk_training_attempt_account_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attempt")),
    )
    op.create_index(
        op.f("ix_training_attempt_account"), "training_attempt", ["account"]
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index(op.f("ix_training_attempt_account"), "training_attempt")
    op.drop_table("training_attempt")
    op.drop_index(op.f("ix_agreement_acceptance_account"), "agreement_acceptance")
    op.drop_table("agreement_acceptance")
    op.drop_table("institution")


def _take_over(institution: sa.Table) -> None:
    """Authorise the institutions of today's accounts, so that nobody is shut out."""
    account = sa.table("account", sa.column("institution"))
    names = op.get_bind().scalars(sa.select(account.c.institution).distinct())
    rows = [
        {
            "name": name,
            "country": "DK",
            "state": "authorised",
            "reason": "Taken over when the register was introduced.",
            "changed": now(),
            "changed_by": "system",
        }
        for name in names
        if name
    ]
    if rows:
        op.bulk_insert(institution, rows)
