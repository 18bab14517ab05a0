"""Keep with which question an answered one makes a whole.

What was answered never changes: as in 0002, the database itself refuses it.
"""

import sqlalchemy as sa
from alembic import op


revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER disclosure_half_no_{verb} BEFORE {verb} ON disclosure_half
BEGIN SELECT RAISE(ABORT, 'disclosure_half is append-only'); END
"""

# The function is from 0002.
POSTGRESQL = """
CREATE TRIGGER disclosure_half_no_change
BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosure_half
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "disclosure_half",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("half_id", sa.String(length=64), nullable=False),
        sa.Column("whole_id", sa.String(length=64), nullable=False),
        sa.Column("whole", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "question_id", "half_id", name=op.f("pk_disclosure_half")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for verb in ("update", "delete"):
        op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    """Go back to the version before."""
    # The triggers go with the table.
    op.drop_table("disclosure_half")
