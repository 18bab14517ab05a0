"""Write down which questions of the ledger were composed: fewer of them may be asked.

Of the entries that are there, those are not composed whose stored answer says that it
is a count, or why the numbers of an archived analysis changed. What was refused, or
broke off, left no word of what it would have been: it counts as composed for the thirty
days in which that matters, as to take it for a count could give somebody back what they
had.
"""

import sqlalchemy as sa
from alembic import op


revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# As canonical JSON is written: keys in order, no white space, quotes in texts escaped.
_RELEASE = '{"of":%'
_CHANGE = '{"of":%"name":"change %"}}'

_SAY = """
    UPDATE disclosure_ledger SET composed = :no WHERE question_id IN (
        SELECT question_id FROM disclosure_answer
        WHERE question NOT LIKE :release OR question LIKE :change
    )
"""

# As in 0002, which keeps the table append-only.
_SQLITE = """
    CREATE TRIGGER disclosure_ledger_no_update BEFORE UPDATE ON disclosure_ledger
    BEGIN SELECT RAISE(ABORT, 'disclosure_ledger is append-only'); END
"""
_POSTGRESQL = "ALTER TABLE disclosure_ledger {} TRIGGER disclosure_ledger_no_change"


def upgrade() -> None:
    """Go on to this version."""
    # Whoever writes without a word of it writes a composed one.
    yes = sa.true()
    op.add_column(
        "disclosure_ledger",
        sa.Column("composed", sa.Boolean(), nullable=False, server_default=yes),
    )
    say = sa.text(_SAY).bindparams(no=False, release=_RELEASE, change=_CHANGE)
    # All in one transaction with the rest: nobody sees the table without its guard.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL.format("DISABLE"))
        op.execute(say)
        op.execute(_POSTGRESQL.format("ENABLE"))
        return
    op.execute("DROP TRIGGER disclosure_ledger_no_update")
    op.execute(say)
    op.execute(_SQLITE)


def downgrade() -> None:
    """Go back to the version before, in which all questions were alike."""
    op.drop_column("disclosure_ledger", "composed")
