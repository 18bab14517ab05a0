"""Whether a person may work in a project now."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.projects import institutions, lifecycle, memberships, people
from enclave.projects.agreement import accepting
from enclave.projects.lifecycle import ProjectState
from enclave.projects.training import attempts
from enclave.store.project_tables import Account


@dataclass(frozen=True)
class Decision:
    """Whether something is allowed; if not, why, and what to do."""

    allowed: bool
    reason: str = ""


def may_open_workspace(
    session: Session, account: str, project_slug: str, clock: Clock = now
) -> Decision:
    """Decide whether a person may work in a project's workspace now.

    Asked at each start, and again while the workspace runs: membership, the project's
    state, end date and approvals; the person's institution, user agreement and
    training.

    Raises
    ------
    NotFoundError
        If there is no such account or project.
    """
    person = people.get(session, account)
    project = lifecycle.get(session, project_slug)
    today = clock().date()
    if memberships.role_in(session, project, account, today) is None:
        return Decision(
            allowed=False,
            reason=f"{account} is not a member of project {project_slug}: its leader"
            f" {project.leader} can apply to add members.",
        )
    standing = lifecycle.standing(session, project, today)
    if standing.state is not ProjectState.ACTIVE:
        return Decision(
            allowed=False,
            reason=f"Project {project_slug} is {standing.state}: {standing.reason}.",
        )
    return certified(session, person, today)


def certified(session: Session, person: Account, today: date) -> Decision:
    """Decide whether a person is trusted: institution, user agreement, training."""
    reason = (
        institutions.why_not(session, person.institution, today)
        or accepting.why_not(session, person, today)
        or attempts.why_not(person, today)
    )
    return Decision(allowed=not reason, reason=reason)
