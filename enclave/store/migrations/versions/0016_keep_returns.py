"""Keep findings, harmonisation rules, returned datasets and publications."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    _create_findings()
    _create_rules()
    _create_datasets()
    op.create_table(
        "publication",
        _number("project_number"),
        sa.Column("doi", sa.String(length=200), nullable=False),
        sa.Column("analyses", sa.Text(), nullable=False),
        _person("recorded_by"),
        _moment("recorded"),
        *_keys("publication", ("recorded_by",), ("project_number",)),
        sa.PrimaryKeyConstraint("project_number", "doi", name=op.f("pk_publication")),
    )


def downgrade() -> None:
    """Go back to the version before."""
    for name in (
        "publication",
        "returned_dataset",
        "harmonisation_rule",
        "finding_step",
        "finding",
    ):
        op.drop_table(name)


def _create_findings() -> None:
    op.create_table(
        "finding",
        _number("id"),
        sa.Column("project_number", sa.Integer(), nullable=True),
        sa.Column("variable", sa.String(length=130), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        _digest("digest"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_workspace", sa.Boolean(), nullable=False),
        _person("created_by"),
        _moment("created"),
        *_keys("finding", ("created_by",), ("project_number",)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    _index("finding", "project_number", "variable", "state", "created_by")
    op.create_table(
        "finding_step",
        _number("finding_id"),
        _number("number"),
        sa.Column("action", sa.String(length=20), nullable=False),
        _person("actor"),
        _moment("at"),
        sa.Column("comment", sa.Text(), nullable=False),
        _digest("digest"),
        *_keys("finding_step", ("actor",), (), ("finding_id",)),
        sa.PrimaryKeyConstraint("finding_id", "number", name=op.f("pk_finding_step")),
    )


def _create_rules() -> None:
    op.create_table(
        "harmonisation_rule",
        _number("number"),
        _number("finding_id"),
        sa.Column("variable", sa.String(length=130), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("credit", sa.String(length=200), nullable=False),
        _person("accepted_by"),
        _moment("accepted"),
        sa.Column("since_snapshot", sa.Integer(), nullable=True),
        _moment("revoked", nullable=True),
        _person("revoked_by", nullable=True),
        *_keys(
            "harmonisation_rule", ("accepted_by", "revoked_by"), (), ("finding_id",)
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_harmonisation_rule")),
        sa.UniqueConstraint(
            "finding_id", name=op.f("uq_harmonisation_rule_finding_id")
        ),
    )
    _index("harmonisation_rule", "variable")


def _create_datasets() -> None:
    op.create_table(
        "returned_dataset",
        _number("id"),
        _number("project_number"),
        sa.Column("title", sa.String(length=200), nullable=False),
        _digest("sha256"),
        _digest("codebook_sha256"),
        _number("rows"),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        _person("submitted_by"),
        _moment("submitted"),
        sa.Column("comment", sa.Text(), nullable=False),
        _person("decided_by", nullable=True),
        _moment("decided", nullable=True),
        _person("linked_by", nullable=True),
        _moment("linked", nullable=True),
        sa.Column("linked_sha256", sa.String(length=64), nullable=True),
        *_keys(
            "returned_dataset",
            ("submitted_by", "decided_by", "linked_by"),
            ("project_number",),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_dataset")),
        sa.UniqueConstraint(
            "project_number",
            "sha256",
            "codebook_sha256",
            name=op.f("uq_returned_dataset_project_number"),
        ),
    )
    _index("returned_dataset", "project_number", "state")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _digest(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _person(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=60), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(
    table: str,
    accounts: tuple[str, ...],
    projects: tuple[str, ...],
    findings: tuple[str, ...] = (),
) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for other, key, columns in (
            ("account", "name", accounts),
            ("project", "number", projects),
            ("finding", "id", findings),
        )
        for column in columns
    ]


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
