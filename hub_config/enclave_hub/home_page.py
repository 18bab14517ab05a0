"""What the pages of the hub show beyond JupyterHub's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from enclave.delivery.workspace_right import may_work
from enclave.projects import memberships, people
from enclave.projects.people import Account
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.danish import in_both
from enclave_hub.spawner import CLOSED


@dataclass(frozen=True)
class Workspace:
    """A project on the home page, and what can be done with its workspace.

    Attributes
    ----------
    state
        ``closed``, ``starting``, ``open`` or ``stopping``.
    refusal
        Why it cannot be opened now; empty if it can.
    closed_because
        Why the enclave closed it; empty if it did not, or if that is the refusal.
    """

    slug: str
    title: str
    end_date: date
    url: str
    state: str
    refusal: str
    closed_because: str


def template_variables(settings: Settings) -> dict[str, Any]:
    """Return what JupyterHub hands to every template.

    JupyterHub calls a variable that can be called, with the user of the page, and does
    so for every page. So ``workspaces`` only prepares the question here: the home page
    asks it by calling once more.
    """
    database = Database(settings.database_url)

    def workspaces(user: Any) -> Callable[[], list[Workspace]]:
        return lambda: _workspaces_of(settings, database, user)

    def closed_because(user: Any) -> Callable[[str], str]:
        return lambda slug: _closed_because(user, slug)

    def demo_people(_user: Any) -> Callable[[], list[Account]]:
        return lambda: _everybody(database)

    return {
        "closed_because": closed_because,
        "demo": settings.demo,
        "demo_people": demo_people,
        "in_both": lambda _user: in_both,
        "workspaces": workspaces,
    }


def _everybody(database: Database) -> list[Account]:
    with database.begin() as session:
        return people.everybody(session)


def _workspaces_of(
    settings: Settings, database: Database, user: Any
) -> list[Workspace]:
    with database.begin() as session:
        answers = [
            (project, may_work(session, settings, user.name, project.slug))
            for project in memberships.projects_of(session, user.name)
        ]
    return [
        Workspace(
            slug=project.slug,
            title=project.title,
            end_date=project.end_date,
            url=user.server_url(project.slug),
            state=_state(user, project.slug),
            refusal=decision.reason,
            closed_because=_closed_because(user, project.slug, but=decision.reason),
        )
        for project, decision in answers
    ]


def _closed_because(user: Any, slug: str, but: str = "") -> str:
    """Return why the enclave closed a workspace, unless that is told anyway."""
    if _state(user, slug) != "closed" or slug not in user.orm_spawners:
        return ""
    reason: str = (user.orm_spawners[slug].state or {}).get(CLOSED, "")
    return "" if reason == but else reason


def _state(user: Any, slug: str) -> str:
    spawner = user.spawners.get(slug)
    if spawner is None:
        return "closed"
    if spawner.pending:
        return "stopping" if spawner.pending == "stop" else "starting"
    return "open" if spawner.ready else "closed"
