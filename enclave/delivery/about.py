"""What a member of a project has and until when, as they see it beside their work."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery import grant as grants
from enclave.delivery.grant import Grant
from enclave.delivery.grant_text import as_text
from enclave.delivery.workspace_right import find_newest_open, open_grants
from enclave.projects import lifecycle, memberships, people, register
from enclave.projects.machine import Kind, State
from enclave.settings import Settings
from enclave.store.delivery_tables import DeliveredVersion
from enclave.store.project_tables import Application, Project


_REQUESTS = 5


def about(
    session: Session, settings: Settings, slug: str, person: str, clock: Clock = now
) -> dict[str, Any]:
    """Return what a project has for a member, until when, and what it asked to let out.

    Grants that do not name the person, and what was delivered under them, are left out.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    today, project = clock().date(), lifecycle.get(session, slug)
    held = [
        grants.load(session, settings, one)
        for one in open_grants(session, settings, person, slug, clock)
    ]
    return {
        "project": project.slug,
        "title": project.title,
        "leader": people.get(session, project.leader).display_name,
        "members": [
            people.get(session, one.account).display_name
            for one in memberships.members_of(session, project, today)
        ],
        "grants": [_grant(one) for one in held],
        "delivery": _delivery(find_newest_open(session, settings, person, slug, clock)),
        "deadlines": _deadlines(session, project, held, today),
        "requests": _requests(session, project),
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "until": grant.end.isoformat(),
        "variables": list(grant.variables),
        "from": grant.window.start.isoformat(),
        "to": grant.window.end.isoformat(),
        "text": {language: as_text(grant, language) for language in ("en", "da")},
    }


def _delivery(newest: DeliveredVersion | None) -> dict[str, Any] | None:
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
