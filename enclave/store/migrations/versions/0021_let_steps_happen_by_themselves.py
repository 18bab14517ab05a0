"""Let steps of applications happen by themselves, with ``system`` for their actor."""

import sqlalchemy as sa
from alembic import op


revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("application_step") as step:
        step.drop_constraint("fk_application_step_actor_account", type_="foreignkey")


def downgrade() -> None:
    """Go back to the version before, which knows none of these steps and states."""
    back = {
        "expired": "answered",
        "used_in": "answered",
        "qa": "spec_agreed",
    }
    for state, before in back.items():
        op.execute(
            sa.text(
                "UPDATE application SET state = :before WHERE state = :state"
            ).bindparams(before=before, state=state)
        )
    op.execute(sa.text("DELETE FROM application_step WHERE actor = 'system'"))
    with op.batch_alter_table("application_step") as step:
        step.create_foreign_key(
            "fk_application_step_actor_account", "account", ["actor"], ["name"]
        )
