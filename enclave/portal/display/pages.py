"""``/display``: bytes shown by day, project and person, for data managers."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from enclave.display import egress
from enclave.display.policy import policy
from enclave.errors import PolicyRefusal
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.visitor import Visitor
from enclave.projects.people import Account, Role


router = APIRouter()

_WATCH = frozenset({Role.DATA_MANAGER, Role.AUDITOR})


@router.get("/display", include_in_schema=False)
def show(request: Request, visitor: Person, place: Place) -> Response:
    """Show the last thirty days."""
    with place.database.begin() as session:
        account = _watcher(session, visitor)
        days = egress.report(session, clock=place.clock)
    return pages.write(
        request, "display/list.html", account=account, days=days, limits=policy()
    )


@router.get("/api/display", tags=["projects"])
def show_as_json(visitor: Person, place: Place) -> list[dict[str, Any]]:
    """List bytes shown in the last thirty days, by day, project and person."""
    with place.database.begin() as session:
        _watcher(session, visitor)
        days = egress.report(session, clock=place.clock)
    return [{**asdict(day), "on": day.on.isoformat()} for day in days]


def _watcher(session: Session, visitor: Visitor) -> Account:
    account = account_of(session, visitor)
    if not _WATCH & account.roles:
        raise PolicyRefusal(
            "How much was shown to whom is for data managers and auditors. Ask one of"
            " them about your own project."
        )
    return account
