"""Let steps of applications happen by themselves, with ``system`` for their actor."""

import json

import sqlalchemy as sa
from alembic import op


revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_HANDED_IN = """
    SELECT application.id, application.form, application.created_by,
        min(application_step.number) AS step
    FROM application
    JOIN application_step ON application_step.application_id = application.id
    WHERE application.kind = 'proposal' AND application_step.action = 'submit'
    GROUP BY application.id, application.form, application.created_by
    ORDER BY application.id
"""
_USE = """
    UPDATE application SET state = 'used_in', version = version + 1
    WHERE id = :request AND created_by = :by
        AND kind = 'feasibility_request' AND state = 'answered'
"""
_WRITE_DOWN = """
    INSERT INTO application_step (
        application_id, number, action, from_state, to_state, actor, at, reason,
        form_digest, figure
    )
    SELECT request.id, request.version, 'use', 'answered', 'used_in', 'system',
        step.at, :reason, request.form_digest, NULL
    FROM application AS request
    JOIN application_step AS step
        ON step.application_id = :proposal AND step.number = :step
    WHERE request.id = :request
"""


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("application_step") as step:
        step.drop_constraint("fk_application_step_actor_account", type_="foreignkey")
    _use_answers()


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
    # The history without them: what left quality assurance left what was agreed.
    op.execute(
        sa.text(
            "DELETE FROM application_step WHERE action IN ('use', 'expire', 'extract')"
        )
    )
    op.execute(
        sa.text(
            "UPDATE application_step SET from_state = 'spec_agreed'"
            " WHERE from_state = 'qa'"
        )
    )
    with op.batch_alter_table("application_step") as step:
        step.create_foreign_key(
            "fk_application_step_actor_account", "account", ["actor"], ["name"]
        )


def _use_answers() -> None:
    """Write down on which answers proposals rest: a downgrade took these steps."""
    connection = op.get_bind()
    for row in connection.execute(sa.text(_HANDED_IN)).all():
        request = json.loads(row.form).get("feasibility_request")
        # What is being edited may be anything.
        if not isinstance(request, int) or not 0 < request < 2**31:
            continue
        named = {"request": request, "by": row.created_by}
        if connection.execute(sa.text(_USE), named).rowcount:
            step = {
                "request": request,
                "proposal": row.id,
                "step": row.step,
                "reason": f"#{row.id}",
            }
            connection.execute(sa.text(_WRITE_DOWN), step)
