"""Keep reviews, evidence, notices and mail."""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("occasion", name=op.f("uq_outgoing_mail_occasion")),
    )
    op.create_index(
        op.f("ix_outgoing_mail_sent"), "outgoing_mail", ["sent"], unique=False
    )
    op.create_table(
        "application_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_comment_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["author"],
            ["account.name"],
            name=op.f("fk_application_comment_author_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_comment")),
    )
    op.create_index(
        op.f("ix_application_comment_application_id"),
        "application_comment",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_evidence_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_evidence")),
    )
    op.create_index(
        op.f("ix_application_evidence_application_id"),
        "application_evidence",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_recusal",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name=op.f("fk_application_recusal_account_account"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_recusal_application_id_application"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "account", name=op.f("pk_application_recusal")
        ),
    )
    op.create_index(
        op.f("ix_application_recusal_account"),
        "application_recusal",
        ["account"],
        unique=False,
    )
    op.create_table(
        "application_vote",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("hidden_remark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name=op.f("fk_application_vote_account_account"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_vote_application_id_application"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "account", "form_digest", name=op.f("pk_application_vote")
        ),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("occasion", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["account.name"], name=op.f("fk_notice_account_account")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_notice_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("occasion", name=op.f("uq_notice_occasion")),
    )
    op.create_index(op.f("ix_notice_account"), "notice", ["account"], unique=False)
    op.add_column("application_step", sa.Column("figure", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_column("application_step", "figure")
    op.drop_index(op.f("ix_notice_account"), table_name="notice")
    op.drop_table("notice")
    op.drop_table("application_vote")
    op.drop_index(
        op.f("ix_application_recusal_account"), table_name="application_recusal"
    )
    op.drop_table("application_recusal")
    op.drop_index(
        op.f("ix_application_evidence_application_id"),
        table_name="application_evidence",
    )
    op.drop_table("application_evidence")
    op.drop_index(
        op.f("ix_application_comment_application_id"), table_name="application_comment"
    )
    op.drop_table("application_comment")
    op.drop_index(op.f("ix_outgoing_mail_sent"), table_name="outgoing_mail")
    op.drop_table("outgoing_mail")
