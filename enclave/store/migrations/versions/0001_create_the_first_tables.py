"""Create the first tables."""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "account",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("institution", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("training_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    op.create_table(
        "disclosure_answer",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("noisy", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_disclosure_answer")),
    )
    op.create_table(
        "disclosure_ledger",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_disclosure_ledger")),
        sa.UniqueConstraint(
            "account", "question_id", name=op.f("uq_disclosure_ledger_account")
        ),
    )
    with op.batch_alter_table("disclosure_ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disclosure_ledger_account_at", ["account", "at"], unique=False
        )
        batch_op.create_index(
            "ix_disclosure_ledger_organisation_at", ["organisation", "at"], unique=False
        )

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=120), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error_class", sa.String(length=120), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)

    op.create_table(
        "project",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("leader", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["leader"], ["account.name"], name=op.f("fk_project_leader_account")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_project")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_project_proposal_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_project_slug")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.name"],
            name=op.f("fk_application_created_by_account"),
        ),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_application_project_number_project"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_created_by"), ["created_by"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_application_kind"), ["kind"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_application_project_number"),
            ["project_number"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_application_state"), ["state"], unique=False
        )

    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("journal_number", sa.String(length=80), nullable=False),
        sa.Column("decision_date", sa.Date(), nullable=False),
        sa.Column("data_from", sa.Date(), nullable=True),
        sa.Column("data_to", sa.Date(), nullable=True),
        sa.Column("document", sa.String(length=400), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("registered_by", sa.String(length=60), nullable=False),
        sa.Column("registered", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_approval_project_number_project"),
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"],
            ["account.name"],
            name=op.f("fk_approval_registered_by_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_approval_project_number"), ["project_number"], unique=False
        )

    op.create_table(
        "archived_analysis",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kernel", sa.String(length=60), nullable=False),
        sa.Column("delivery_version", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("manifest_digest", sa.String(length=64), nullable=False),
        sa.Column("publishable", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["account.name"],
            name=op.f("fk_archived_analysis_account_account"),
        ),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_archived_analysis_project_number_project"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_analysis")),
        sa.UniqueConstraint(
            "content_key", name=op.f("uq_archived_analysis_content_key")
        ),
    )
    with op.batch_alter_table("archived_analysis", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archived_analysis_project_number"),
            ["project_number"],
            unique=False,
        )

    op.create_table(
        "membership",
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["account.name"], name=op.f("fk_membership_account_account")
        ),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_membership_project_number_project"),
        ),
        sa.PrimaryKeyConstraint(
            "project_number", "account", name=op.f("pk_membership")
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_account"), ["account"], unique=False
        )

    op.create_table(
        "application_person",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_person_application_id_application"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "email", name=op.f("pk_application_person")
        ),
    )
    with op.batch_alter_table("application_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_person_email"), ["email"], unique=False
        )

    op.create_table(
        "application_step",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=False),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor"], ["account.name"], name=op.f("fk_application_step_actor_account")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_step_application_id_application"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "number", name=op.f("pk_application_step")
        ),
    )
    op.create_table(
        "issued_grant",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_issued_grant_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"],
            ["account.name"],
            name=op.f("fk_issued_grant_issued_by_account"),
        ),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_issued_grant_project_number_project"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_grant")),
        sa.UniqueConstraint(
            "application_id", "version", name=op.f("uq_issued_grant_application_id")
        ),
    )
    with op.batch_alter_table("issued_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_issued_grant_project_number"),
            ["project_number"],
            unique=False,
        )

    op.create_table(
        "rerun",
        sa.Column("analysis_id", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("requested_by", sa.String(length=60), nullable=False),
        sa.Column("requested", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("cause", sa.String(length=40), nullable=True),
        sa.Column("completed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["archived_analysis.id"],
            name=op.f("fk_rerun_analysis_id_archived_analysis"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["account.name"],
            name=op.f("fk_rerun_requested_by_account"),
        ),
        sa.PrimaryKeyConstraint("analysis_id", "number", name=op.f("pk_rerun")),
        sa.UniqueConstraint("key", name=op.f("uq_rerun_key")),
    )
    op.create_table(
        "delivered_version",
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("manifest_digest", sa.String(length=64), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["issued_grant.id"],
            name=op.f("fk_delivered_version_grant_id_issued_grant"),
        ),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_delivered_version_project_number_project"),
        ),
        sa.PrimaryKeyConstraint(
            "project_number", "version", name=op.f("pk_delivered_version")
        ),
        sa.UniqueConstraint(
            "grant_id", "snapshot", name=op.f("uq_delivered_version_grant_id")
        ),
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("delivered_version")
    op.drop_table("rerun")
    with op.batch_alter_table("issued_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issued_grant_project_number"))

    op.drop_table("issued_grant")
    op.drop_table("application_step")
    with op.batch_alter_table("application_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_person_email"))

    op.drop_table("application_person")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_account"))

    op.drop_table("membership")
    with op.batch_alter_table("archived_analysis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archived_analysis_project_number"))

    op.drop_table("archived_analysis")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_project_number"))

    op.drop_table("approval")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_state"))
        batch_op.drop_index(batch_op.f("ix_application_project_number"))
        batch_op.drop_index(batch_op.f("ix_application_kind"))
        batch_op.drop_index(batch_op.f("ix_application_created_by"))

    op.drop_table("application")
    op.drop_table("project")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state"))

    op.drop_table("job")
    with op.batch_alter_table("disclosure_ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_disclosure_ledger_organisation_at")
        batch_op.drop_index("ix_disclosure_ledger_account_at")

    op.drop_table("disclosure_ledger")
    op.drop_table("disclosure_answer")
    op.drop_table("audit_entry")
    op.drop_table("account")
