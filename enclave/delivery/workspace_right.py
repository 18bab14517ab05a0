"""Whether a person may work in a project's workspace now, and on which of its data."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery import grant as grants
from enclave.delivery import records, validity
from enclave.delivery.grant import Grant
from enclave.errors import EnclaveError, NotFoundError, PolicyRefusal
from enclave.projects import admission, lifecycle
from enclave.projects.admission import Decision
from enclave.settings import Settings
from enclave.store.delivery_tables import DeliveredVersion, IssuedGrant


def may_work(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock = now
) -> Decision:
    """Decide whether a person may be in a project's workspace now.

    Asked at each start, and again while the workspace runs. Beside what
    :func:`enclave.projects.admission.may_open_workspace` asks, a project that was
    granted data needs a grant whose signature holds, that is in force today and that
    names the person. A project without any grant has no data, and may be worked in.

    Raises
    ------
    NotFoundError
        If there is no such account or project.
    """
    decision = admission.may_open_workspace(session, person, slug, clock)
    if not decision.allowed:
        return decision
    refusals = _refusals(session, settings, person, slug, clock)
    if not refusals or "" in refusals.values():
        return Decision(allowed=True)
    return Decision(allowed=False, reason=next(iter(refusals.values())))


def open_grants(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock = now
) -> tuple[str, ...]:
    """Return the grants of a project that are in force now and name a person.

    Only what was delivered under these is shown to them. That another grant of the same
    project names somebody else is no reason: each was agreed for its own members.

    Returns
    -------
    tuple of str
        Ids, those of the newest data request first.
    """
    refusals = _refusals(session, settings, person, slug, clock)
    return tuple(grant for grant, refusal in refusals.items() if not refusal)


def find_newest_open(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock = now
) -> DeliveredVersion | None:
    """Return the newest version of a project's data that a person may use now."""
    grants_of_person = open_grants(session, settings, person, slug, clock)
    versions = records.of_project(session, slug)
    return next((one for one in versions if one.grant_id in grants_of_person), None)


def newest_open(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock = now
) -> DeliveredVersion:
    """Return what :func:`find_newest_open` finds.

    Raises
    ------
    NotFoundError
        If that is nothing.
    """
    newest = find_newest_open(session, settings, person, slug, clock)
    if newest is not None:
        return newest
    raise NotFoundError(
        f"Project {slug} has not been given any data that {person} may use. `enclave"
        f" delivery list {slug}` shows what it has, and under which grant."
    )


def _refusals(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock
) -> dict[str, str]:
    """Say of each grant why it keeps a person out; nothing if it does not."""
    project = lifecycle.get(session, slug)
    issued = session.scalars(
        select(IssuedGrant.id)
        .where(IssuedGrant.project_number == project.number)
        .order_by(IssuedGrant.application_id.desc(), IssuedGrant.version.desc())
    )
    return {
        grant_id: _refusal(session, settings, grant_id, person, clock)
        for grant_id in issued.all()
    }


def _refusal(
    session: Session, settings: Settings, grant_id: str, person: str, clock: Clock
) -> str:
    """Say why a grant does not let a person in; nothing if it does."""
    try:
        grant = grants.load(session, settings, grant_id)
        validity.check_in_force(session, grant, clock().date())
        _check_named(grant, person)
    except EnclaveError as refusal:
        return str(refusal)
    return ""


def _check_named(grant: Grant, person: str) -> None:
    if person not in grant.members:
        raise PolicyRefusal(
            f"The grant {grant.id} does not name {person}: its data are for"
            f" {', '.join(grant.members)}. The leader of {grant.project} can ask for"
            " one that does, with a new data request."
        )
