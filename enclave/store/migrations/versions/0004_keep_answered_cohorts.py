"""Keep the cohorts that were answered, sealed, and the cells of breakdowns.

What was answered never changes: as in 0002, the database itself refuses it.
"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("disclosure_cell", "disclosure_cohort", "disclosure_snap")

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
    op.create_table(
        "disclosure_cell",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("cell", sa.String(length=130), nullable=False),
        sa.Column("noisy", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "cell", name=op.f("pk_disclosure_cell")),
    )
    op.create_table(
        "disclosure_cohort",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("layout", sa.String(length=64), nullable=False),
        sa.Column("noisy", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_disclosure_cohort")),
    )
    op.create_index(
        "ix_disclosure_cohort_noisy",
        "disclosure_cohort",
        ["snapshot", "layout", "noisy"],
    )
    op.create_table(
        "disclosure_snap",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("anchor_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_disclosure_snap")),
    )
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
    op.drop_table("disclosure_snap")
    op.drop_index("ix_disclosure_cohort_noisy", "disclosure_cohort")
    op.drop_table("disclosure_cohort")
    op.drop_table("disclosure_cell")
