"""The public register: what is done with the data, by whom, and what came back.

Everybody may read it, also without an account. It holds what its applicants wrote for
everybody, names of tables and publications, and never a count of patients.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true, union
from sqlalchemy.orm import Session

from enclave.projects import lifecycle
from enclave.projects.machine import Kind, State
from enclave.projects.paging import Cut, cut
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import (
    Account,
    Application,
    ApplicationStep,
    Project,
    ProjectDepartment,
)
from enclave.store.return_tables import Publication


PAGE_SIZE = 25


@dataclass(frozen=True)
class Entry:
    """One project.

    Attributes
    ----------
    tables
        Tables of the warehouse it was given data from.
    departments
        Whose data it uses, beside the leader's own.
    results
        What was found, in the project's own words; empty until it closes.
    """

    slug: str
    title: str
    leader: str
    institution: str
    purpose: str
    state: str
    since: str
    until: str
    tables: tuple[str, ...]
    departments: tuple[str, ...]
    results: str
    publications: tuple[str, ...]
    analyses: int


@dataclass(frozen=True)
class Listing(Cut):
    """Some entries of the register, and where they lie in it."""

    entries: list[Entry]


def listing(session: Session, today: date, page: int = 1) -> Listing:
    """Return a page of the register, the newest project first."""
    return _page(session, true(), today, page)


def departments(session: Session) -> list[str]:
    """Return every department whose data a project uses or whose people lead one."""
    led = select(Account.institution).where(Account.name.in_(select(Project.leader)))
    return sorted(session.scalars(union(select(ProjectDepartment.name), led)))


def digest(session: Session, department: str, today: date, page: int = 1) -> Listing:
    """Return a page of the projects a department has a part in: its data, its people.

    The newest project comes first.
    """
    uses = select(ProjectDepartment.project_number).where(
        ProjectDepartment.name == department
    )
    people = select(Account.name).where(Account.institution == department)
    has_part = or_(Project.number.in_(uses), Project.leader.in_(people))
    return _page(session, has_part, today, page)


def _page(
    session: Session, wanted: ColumnElement[bool], today: date, page: int
) -> Listing:
    total = session.scalar(select(func.count(Project.number)).where(wanted)) or 0
    place = cut(total, page, PAGE_SIZE)
    projects = session.scalars(
        select(Project)
        .where(wanted)
        .order_by(Project.number.desc())
        .limit(PAGE_SIZE)
        .offset(place.offset)
    ).all()
    return Listing(**vars(place), entries=_entries(session, projects, today))


def _other_departments(form: dict[str, Any]) -> tuple[str, ...]:
    named = form.get("other_departments") or ()
    return tuple(one["department"] for one in named)


def _entries(session: Session, projects: Iterable[Project], today: date) -> list[Entry]:
    wanted = list(projects)
    numbers = [one.number for one in wanted]
    forms = {
        one.id: json.loads(one.form)
        for one in session.scalars(
            select(Application).where(
                Application.id.in_([one.proposal_id for one in wanted])
            )
        )
    }
    leaders = {
        one.name: one
        for one in session.scalars(
            select(Account).where(Account.name.in_([one.leader for one in wanted]))
        )
    }
    tables = _tables(session, numbers)
    closed = _close_outs(session, numbers)
    published = _publications(session, numbers)
    archived = dict(
        session.execute(
            select(ArchivedAnalysis.project_number, func.count())
            .where(ArchivedAnalysis.project_number.in_(numbers))
            .group_by(ArchivedAnalysis.project_number)
        ).all()
    )
    return [
        Entry(
            slug=one.slug,
            title=one.title,
            leader=leaders[one.leader].display_name,
            institution=leaders[one.leader].institution,
            purpose=str(forms[one.proposal_id].get("public_summary", "")),
            state=lifecycle.standing(session, one, today).state.value,
            since=one.created.date().isoformat(),
            until=one.end_date.isoformat(),
            tables=tables.get(one.number, ()),
            departments=_other_departments(forms[one.proposal_id]),
            results=str(closed.get(one.number, {}).get("summary", "")),
            publications=_together(
                closed.get(one.number, {}).get("publications", ()),
                published.get(one.number, ()),
            ),
            analyses=archived.get(one.number, 0),
        )
        for one in wanted
    ]


def _tables(session: Session, numbers: list[int]) -> dict[int, tuple[str, ...]]:
    # Revoked before anybody used it.
    unopened = select(ApplicationStep.application_id).where(
        ApplicationStep.from_state == State.QA,
        ApplicationStep.to_state == State.CLOSED,
    )
    rows = session.scalars(
        select(Application).where(
            Application.project_number.in_(numbers),
            Application.kind == Kind.DATA_REQUEST,
            Application.state.in_([State.ACTIVE, State.CLOSED]),
            Application.id.not_in(unopened),
        )
    )
    found: dict[int, set[str]] = {}
    for one in rows:
        names = {name.partition(".")[0] for name in json.loads(one.form)["variables"]}
        found.setdefault(one.project_number or 0, set()).update(names)
    return {number: tuple(sorted(names)) for number, names in found.items()}


def _close_outs(session: Session, numbers: list[int]) -> dict[int, dict[str, Any]]:
    rows = session.scalars(
        select(Application).where(
            Application.project_number.in_(numbers),
            Application.kind == Kind.CLOSE_OUT,
            Application.state.in_([State.ARCHIVED, State.CLOSED]),
        )
    )
    return {one.project_number or 0: json.loads(one.form) for one in rows}


def _publications(session: Session, numbers: list[int]) -> dict[int, list[str]]:
    rows = session.scalars(
        select(Publication)
        .where(Publication.project_number.in_(numbers))
        .order_by(Publication.recorded, Publication.doi)
    )
    found: dict[int, list[str]] = {}
    for one in rows:
        found.setdefault(one.project_number, []).append(one.doi)
    return found


def _together(said: Sequence[str], recorded: Sequence[str]) -> tuple[str, ...]:
    """Return each publication once, however its letters are written."""
    return tuple({one.lower(): one for one in (*said, *recorded)}.values())
