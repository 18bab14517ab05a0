"""Keep priority and progress of jobs, and how re-runs are to be run."""

import sqlalchemy as sa
from alembic import op


revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_REFERENCES = {"application_id": "application", "job_id": "job"}


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("job") as job:
        job.add_column(
            sa.Column("priority", sa.Integer(), nullable=False, server_default="10")
        )
        job.add_column(sa.Column("step", sa.Integer(), nullable=True))
        job.add_column(sa.Column("steps", sa.Integer(), nullable=True))
        job.add_column(sa.Column("cancelled_by", sa.String(80), nullable=True))
    with op.batch_alter_table("rerun") as rerun:
        for name, usual in {"data": "frozen", "occasion": "request"}.items():
            rerun.add_column(
                sa.Column(name, sa.String(20), nullable=False, server_default=usual)
            )
        rerun.add_column(sa.Column("kernel", sa.String(60), nullable=True))
        rerun.add_column(
            sa.Column("cancelled", sa.DateTime(timezone=True), nullable=True)
        )
        for name, table in _REFERENCES.items():
            rerun.add_column(sa.Column(name, sa.Integer(), nullable=True))
            key = f"fk_rerun_{name}_{table}"
            rerun.create_foreign_key(key, table, [name], ["id"])


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("rerun") as rerun:
        for name, table in _REFERENCES.items():
            rerun.drop_constraint(f"fk_rerun_{name}_{table}", type_="foreignkey")
            rerun.drop_column(name)
        for name in ("data", "occasion", "kernel", "cancelled"):
            rerun.drop_column(name)
    with op.batch_alter_table("job") as job:
        for name in ("priority", "step", "steps", "cancelled_by"):
            job.drop_column(name)
