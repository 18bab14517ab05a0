"""What a project has and until when, as its members see it beside their work."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.grant import Grant
from enclave.delivery.grant_text import as_text
from enclave.projects import lifecycle, memberships, people, register
from enclave.projects.machine import Kind, State
from enclave.settings import Settings
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, Project


_REQUESTS = 5


def about(
    session: Session, settings: Settings, slug: str, today: date
) -> dict[str, Any]:
    """Return what a project has, until when, and what it asked to be let out.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    project = lifecycle.get(session, slug)
    held = _grants(session, settings, project, today)
    return {
        "project": project.slug,
        "title": project.title,
        "leader": people.get(session, project.leader).display_name,
        "members": [
            people.get(session, one.account).display_name
            for one in memberships.members_of(session, project, today)
        ],
        "grants": [_grant(one) for one in held],
        "delivery": _delivery(session, slug),
        "deadlines": _deadlines(session, project, held, today),
        "requests": _requests(session, project),
    }


def _grants(
    session: Session, settings: Settings, project: Project, today: date
) -> list[Grant]:
    """Return the grants that have not ended, the newest first."""
    numbers = session.scalars(
        select(IssuedGrant.id)
        .where(IssuedGrant.project_number == project.number)
        .order_by(IssuedGrant.issued.desc(), IssuedGrant.version.desc())
    )
    found = [grants.load(session, settings, number) for number in numbers]
    return [one for one in found if one.end >= today]


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "until": grant.end.isoformat(),
        "variables": list(grant.variables),
        "from": grant.window.start.isoformat(),
        "to": grant.window.end.isoformat(),
        "text": {language: as_text(grant, language) for language in ("en", "da")},
    }


def _delivery(session: Session, slug: str) -> dict[str, Any] | None:
    newest = next(iter(records.of_project(session, slug)), None)
    if newest is None:
        return None
    return {
        "version": newest.version,
        "grant": newest.grant_id,
        "persons": newest.persons,
        "rows": newest.rows,
        "delivered": newest.delivered.date().isoformat(),
    }


def _requests(session: Session, project: Project) -> list[dict[str, Any]]:
    """Return the project's latest requests to let results out, and how far each is."""
    asked = session.scalars(
        select(Application)
        .where(
            Application.project_number == project.number,
            Application.kind == Kind.OUTPUT_REQUEST,
            Application.state != State.WITHDRAWN,
        )
        .order_by(Application.changed.desc(), Application.id.desc())
        .limit(_REQUESTS)
    )
    return [{"number": one.id, "title": one.title, "state": one.state} for one in asked]


def _deadlines(
    session: Session, project: Project, held: list[Grant], today: date
) -> list[dict[str, Any]]:
    """Return the days on which something ends, the next one first."""
    days = [
        (project.end_date, "The project ends", "Projektet slutter"),
        *(
            (one.end, f"Grant {one.id} ends", f"Bevilling {one.id} slutter")
            for one in held
        ),
        *(
            (
                one.expires,
                f"The approval {one.journal_number} expires",
                f"Godkendelsen {one.journal_number} udløber",
            )
            for one in register.approvals_of(session, project)
            if one.expires is not None
        ),
    ]
    return [
        {"day": day.isoformat(), "days": (day - today).days, "en": en, "da": da}
        for day, en, da in sorted(days)
        if day >= today
    ]
