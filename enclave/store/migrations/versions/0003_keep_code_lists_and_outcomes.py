"""Keep code lists, the bands of codes and the outcomes of feasibility requests.

What was saved or released never changes: as in 0002, the database itself refuses it.
"""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("code_list_version", "code_band_release", "feasibility_outcome")

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

# The function is from 0002.
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Go on to this version."""
    _create_code_lists()
    _create_releases()
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(POSTGRESQL.format(table=table))
            continue
        for verb in ("update", "delete"):
            op.execute(SQLITE.format(table=table, verb=verb))


def downgrade() -> None:
    """Go back to the version before."""
    # The triggers go with their tables.
    op.drop_table("feasibility_outcome")
    op.drop_table("code_band_release")
    op.drop_table("code_list_version")
    op.drop_index("ix_code_list_shared", "code_list")
    op.drop_table("code_list")


def _create_code_lists() -> None:
    op.create_table(
        "code_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("system", sa.String(length=100), nullable=False),
        sa.Column("shared", sa.String(length=20), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["account.name"], name=op.f("fk_code_list_owner_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_list")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_code_list_owner")),
    )
    op.create_index("ix_code_list_shared", "code_list", ["shared"])
    op.create_table(
        "code_list_version",
        sa.Column("code_list_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["code_list_id"],
            ["code_list.id"],
            name=op.f("fk_code_list_version_code_list_id_code_list"),
        ),
        sa.PrimaryKeyConstraint(
            "code_list_id", "version", name=op.f("pk_code_list_version")
        ),
    )


def _create_releases() -> None:
    op.create_table(
        "code_band_release",
        sa.Column("snapshot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(length=60), nullable=False),
        sa.Column("sigma", sa.Integer(), nullable=False),
        sa.Column("codes_per_person", sa.Integer(), nullable=False),
        sa.Column("noisy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["released_by"],
            ["account.name"],
            name=op.f("fk_code_band_release_released_by_account"),
        ),
        sa.PrimaryKeyConstraint("snapshot", name=op.f("pk_code_band_release")),
    )
    op.create_table(
        "feasibility_outcome",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=False),
        sa.Column("question_digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["account.name"],
            name=op.f("fk_feasibility_outcome_answered_by_account"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_feasibility_outcome_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_feasibility_outcome")),
    )
