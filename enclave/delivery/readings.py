"""Which delivered columns were read in workspaces: when first, and when last.

A kernel's DuckDB says what it reads. It is told outside the workspace, which takes only
what the person may read there, and not who read it: what matters is what nobody needs.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery import folders, manifest, records
from enclave.delivery.workspace_right import open_grants
from enclave.errors import InputError
from enclave.projects import lifecycle
from enclave.settings import Settings
from enclave.store.delivery_tables import ColumnReading


def record(
    session: Session,
    settings: Settings,
    slug: str,
    person: str,
    readings: Iterable[tuple[int, str]],
    clock: Clock = now,
) -> None:
    """Record that columns, as ``table.column``, of versions were read by a person.

    Raises
    ------
    InputError
        If the person has no such version, or it has no such column; the two, and a
        version under a grant of others, look the same.
    """
    number, today = lifecycle.get(session, slug).number, clock().date()
    held = open_grants(session, settings, person, slug, clock)
    theirs = {
        one.version for one in records.of_project(session, slug) if one.grant_id in held
    }
    by_version: dict[int, set[str]] = {}
    for version, column in readings:
        by_version.setdefault(version, set()).add(column)
    for version, columns in sorted(by_version.items()):
        known = delivered(session, settings, slug, version) if version in theirs else {}
        if not columns <= known.keys():
            raise InputError(
                f"{person} has no version {version} of the data of {slug} with such a"
                " column."
            )
        note(session, number, version, columns, today)


def note(
    session: Session, number: int, version: int, columns: Iterable[str], day: date
) -> None:
    """Note that columns of a project's version were read on a day.

    Workspaces of one project may do so at the same time.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # In one order, so that no two wait for each other.
    for column in sorted(columns):
        new = insert(ColumnReading).values(
            project_number=number, version=version, column=column, first=day, last=day
        )
        keys = ColumnReading.__table__.primary_key
        session.execute(
            new.on_conflict_do_update(
                index_elements=[*keys], set_={"last": new.excluded.last}
            )
        )


def last_days(
    session: Session, project_number: int, until: date = date.max
) -> dict[str, date]:
    """Return the day on which each column, of any version, was last read.

    Without those that nobody had read until a day.
    """
    rows = session.scalars(
        select(ColumnReading)
        .where(
            ColumnReading.project_number == project_number,
            ColumnReading.first <= until,
        )
        .order_by(ColumnReading.last)
    )
    return {row.column: row.last for row in rows}


def delivered(
    session: Session, settings: Settings, slug: str, version: int | None
) -> dict[str, bool]:
    """Return each column of a version as ``table.column``; true if it is in Parquet.

    Raises
    ------
    NotFoundError, InputError
        If there is no such version, or its files are gone.
    """
    row = records.version_of(session, slug, version)
    folder = folders.version_folder(settings, slug, row.grant_id, row.version)
    found = manifest.read(folder)
    files = {table.file for table in found.tables} | found.files.keys()
    return {
        f"{table.name}.{column.name}": f"{table.name}.parquet" in files
        for table in found.tables
        for column in table.columns
    }
