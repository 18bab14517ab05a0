"""Which versions of a project's data a visitor is told about."""

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.errors import EnclaveError, PolicyRefusal
from enclave.projects import lifecycle, project_overview
from enclave.projects.people import Account
from enclave.settings import Settings
from enclave.store.delivery_tables import DeliveredVersion


def versions(
    session: Session, settings: Settings, account: Account, slug: str, clock: Clock
) -> list[DeliveredVersion]:
    """Return the versions that a visitor may know of, the newest first.

    Whoever oversees all projects may know of each; a member, of what came under a grant
    that names them.

    Raises
    ------
    NotFoundError, PolicyRefusal
        If there is no such project, or it is not the visitor's to see.
    """
    project = lifecycle.get(session, slug)
    project_overview.require_sight(session, project, account, clock().date())
    found = records.of_project(session, slug)
    if project_overview.OVERSEERS & account.roles:
        return found
    named = {
        grant_id: _names(session, settings, grant_id, account)
        for grant_id in {row.grant_id for row in found}
    }
    return [row for row in found if named[row.grant_id]]


def _names(
    session: Session, settings: Settings, grant_id: str, account: Account
) -> bool:
    """Tell whether a grant names somebody; one that does not verify names nobody."""
    try:
        return account.name in grants.load(session, settings, grant_id).members
    except EnclaveError:
        return False


def version(
    session: Session,
    settings: Settings,
    account: Account,
    slug: str,
    number: int,
    clock: Clock,
) -> DeliveredVersion:
    """Return one of them.

    Raises
    ------
    NotFoundError, PolicyRefusal
        As :func:`versions`; and if there is no such version.
    """
    # Sight first: who may not see the project learns nothing of what it has.
    seen = versions(session, settings, account, slug, clock)
    row = records.version_of(session, slug, number)
    if row not in seen:
        raise PolicyRefusal(
            f"The grant {row.grant_id} does not name {account.name}, so what was"
            " delivered under it is not yours to see. The leader can ask for a grant"
            " that does, with a new data request."
        )
    return row
