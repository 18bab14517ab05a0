"""``/guidance``: open to everybody; expected times come from our own history."""

from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

import yaml
from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.portal import pages
from enclave.portal.office import Place
from enclave.projects import expected
from enclave.projects.machine import Kind


router = APIRouter(prefix="/guidance", include_in_schema=False)


@cache
def guidance() -> dict[str, Any]:
    """Return the page's content in both languages."""
    text = (files(__package__) / "guidance.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@router.get("")
def show(request: Request, place: Place) -> Response:
    """Show who holds what, what it takes, how long, and what people ask."""
    with place.database.begin() as session:
        took = {kind: expected.durations(session, kind) for kind in Kind}
    times = [
        {
            "kind": kind.value,
            "days": round(median(found)) if len(found) >= expected.ENOUGH else None,
            "cases": len(found),
        }
        for kind, found in took.items()
    ]
    return pages.write(request, "guidance/show.html", times=times, **guidance())
