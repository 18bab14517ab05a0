"""What must still hold when a grant is issued and each time it is delivered."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.errors import PolicyRefusal
from enclave.projects import lifecycle, memberships
from enclave.projects.forms import DataRequestForm
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import State, spoken
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, Project


if TYPE_CHECKING:
    from enclave.delivery.grant import Grant


def check_form(
    session: Session, project: Project, form: DataRequestForm, today: date
) -> None:
    """Refuse an agreed form that time has overtaken.

    Raises
    ------
    PolicyRefusal
        If its end date has passed, or if it names somebody who left the project.
    """
    if form.end_date < today:
        raise PolicyRefusal(
            f"The request's last day of access was {form.end_date}: return it to the"
            " applicant, who can ask for a later one."
        )
    present = {one.account for one in memberships.members_of(session, project, today)}
    gone = sorted(set(form.members) - present)
    if gone:
        raise PolicyRefusal(
            f"{', '.join(gone)} is not a member of {project.slug} any more, and only"
            " members may use its data: return the request to the applicant."
        )


def check_in_force(session: Session, grant: "Grant", today: date) -> None:
    """Refuse to let a grant's data be used if it does not hold today.

    Raises
    ------
    PolicyRefusal
        If it may not be delivered under, or nobody has looked at its first version yet.
    """
    check_deliverable(session, grant, today)
    request = session.get_one(Application, grant.request)
    if request.state == State.QA:
        raise PolicyRefusal(
            f"The first version under grant {grant.id} is being looked at: a data"
            f" manager opens it to its members, on the page of data request"
            f" {grant.request}."
        )


def check_deliverable(session: Session, grant: "Grant", today: date) -> None:
    """Refuse to deliver under a grant that does not hold today.

    Raises
    ------
    PolicyRefusal
        If the grant has ended or was replaced, its request was closed, or its project
        may not work.
    """
    request = session.get_one(Application, grant.request)
    project = session.get_one(Project, request.project_number)
    if grant.end < today:
        raise PolicyRefusal(
            f"The grant ended on {grant.end}: apply for a later end date with a new"
            " data request."
        )
    newest = newest_version(session, grant.request)
    if newest != grant.version:
        raise PolicyRefusal(
            f"Grant {grant.id} was replaced by G{grant.request}-{newest}, when its data"
            " request was agreed anew: use that one."
        )
    if request.state not in (State.QA, State.ACTIVE):
        raise PolicyRefusal(
            f"Data request {grant.request} is {spoken(request.state)}, so nothing is"
            " delivered under its grant: apply with a new data request."
        )
    standing = lifecycle.standing(session, project, today)
    if standing.state is not ProjectState.ACTIVE:
        raise PolicyRefusal(
            f"Project {project.slug} is {standing.state}: {standing.reason}."
        )


def newest_version(session: Session, request: int) -> int | None:
    """Return the version of the newest grant of a data request, if it has one."""
    return session.scalar(
        select(func.max(IssuedGrant.version)).where(
            IssuedGrant.application_id == request
        )
    )
