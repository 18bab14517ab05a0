"""What a person may do on the hub, worked out anew from the enclave's own records.

The hub has no list of its own. Each sign-in, and each refresh of one, asks the
application database who the person is and which projects they are in, and gives the hub
the answer as roles. Nobody may make tokens, share a server or start one without a
project, because no role says so.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from enclave.errors import NotFoundError
from enclave.projects import memberships, people


# The role that JupyterHub gives everybody is `self`: everything with one's own account.
# Ours lets a person be recognised, and a server report that it is in use.
EVERYBODY: dict[str, Any] = {
    "name": "user",
    "description": "A person who has signed in",
    "scopes": ["read:users!user", "users:activity!user"],
}


def sign_in_model(session: Session, name: str) -> dict[str, Any] | None:
    """Describe a person to the hub; None where nobody has an account of that name."""
    try:
        account = people.get(session, name)
    except NotFoundError:
        return None
    slugs = [project.slug for project in memberships.projects_of(session, name)]
    return {
        "name": name,
        "user_info": {"display_name": account.display_name},
        "roles": [
            EVERYBODY,
            _services_role(name, account.roles),
            *(_workspace_role(name, slug) for slug in slugs),
        ],
    }


def _services_role(name: str, roles: Iterable[str]) -> dict[str, Any]:
    services = ["portal", "reruns"]
    if people.MAY_COUNT & set(roles):
        services += ["feasibility", "catalogue"]
    return {
        "name": f"services-{name}",
        "description": f"What {name} may visit",
        "scopes": [f"access:services!service={service}" for service in services],
    }


def _workspace_role(name: str, slug: str) -> dict[str, Any]:
    return {
        "name": f"workspace-{name}-{slug}",
        "description": f"The workspace of {name} in the project {slug}",
        "scopes": [
            f"{scope}!server={name}/{slug}" for scope in ("servers", "access:servers")
        ],
    }
