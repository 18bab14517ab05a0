"""What must still hold when a grant is issued and each time it is delivered."""

from datetime import date

from sqlalchemy.orm import Session

from enclave.errors import PolicyRefusal
from enclave.projects import lifecycle, memberships
from enclave.projects.forms import DataRequestForm
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import State, spoken
from enclave.store.project_tables import Application, Project


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


def check_in_force(session: Session, request_id: int, end: date, today: date) -> None:
    """Refuse to deliver under a grant that does not hold today.

    Parameters
    ----------
    request_id
        The data request that the grant comes from.
    end
        The grant's last day.

    Raises
    ------
    PolicyRefusal
        If the grant has ended, its request was closed, or its project may not work.
    """
    request = session.get_one(Application, request_id)
    project = session.get_one(Project, request.project_number)
    if end < today:
        raise PolicyRefusal(
            f"The grant ended on {end}: apply for a later end date with a new data"
            " request."
        )
    if request.state != State.ACTIVE:
        raise PolicyRefusal(
            f"Data request {request_id} is {spoken(request.state)}, so nothing is"
            " delivered under its grant: apply with a new data request."
        )
    standing = lifecycle.standing(session, project, today)
    if standing.state is not ProjectState.ACTIVE:
        raise PolicyRefusal(
            f"Project {project.slug} is {standing.state}: {standing.reason}."
        )
