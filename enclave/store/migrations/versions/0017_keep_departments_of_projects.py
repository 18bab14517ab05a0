"""Keep the departments of projects, so that a digest reads no forms to find them."""

import json

import sqlalchemy as sa
from alembic import op


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    department = op.create_table(
        "project_department",
        sa.Column("project_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_number"],
            ["project.number"],
            name=op.f("fk_project_department_project_number_project"),
        ),
        sa.PrimaryKeyConstraint(
            "project_number", "name", name=op.f("pk_project_department")
        ),
    )
    op.create_index(op.f("ix_project_department_name"), "project_department", ["name"])
    _take_over(department)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_index(op.f("ix_project_department_name"), "project_department")
    op.drop_table("project_department")


def _take_over(department: sa.Table) -> None:
    """Read them once from the proposals of the projects there are."""
    project = sa.table("project", sa.column("number"), sa.column("proposal_id"))
    application = sa.table("application", sa.column("id"), sa.column("form"))
    forms = op.get_bind().execute(
        sa.select(project.c.number, application.c.form).join(
            application, application.c.id == project.c.proposal_id
        )
    )
    rows = [
        {"project_number": number, "name": name}
        for number, form in forms.all()
        for name in sorted(
            {one["department"] for one in json.loads(form).get("other_departments", ())}
        )
    ]
    if rows:
        op.bulk_insert(department, rows)
