"""Whether an extract was released by two people, and may still leave today."""

import json
from datetime import date

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.canonical import digest
from enclave.clock import Clock
from enclave.cohort.question import Question
from enclave.delivery.cpr_extract.permit import Permit, Standing, refusals
from enclave.errors import IntegrityError, NotFoundError, PolicyRefusal
from enclave.projects import lifecycle, memberships, people
from enclave.projects.in_force import in_force
from enclave.projects.lifecycle import ProjectState
from enclave.projects.people import Role
from enclave.store.project_tables import Application, ApplicationStep, Project


KIND = "cpr_extract"
RELEASED = "released_by_two"
_FIRST, _SECOND = "release_first", "release_second"


def application(session: Session, number: int) -> Application:
    """Return an application for an extract.

    Raises
    ------
    NotFoundError
        If there is none of that number.
    """
    found = session.get(Application, number, with_for_update=True)
    if found is None or found.kind != KIND:
        raise NotFoundError(f"Application {number} is no CPR population extract.")
    return found


def permit_of(session: Session, number: int, clock: Clock) -> Permit:
    """Return what two people have released, and what still holds today.

    Raises
    ------
    NotFoundError
        If there is no such application.
    PolicyRefusal
        If anything of it does not hold; all reasons are named.
    IntegrityError
        If the form is not the one that was released.
    """
    released = application(session, number)
    today = clock().date()
    if released.state != RELEASED:
        raise PolicyRefusal(
            f"CPR extract {number} is {released.state.replace('_', ' ')}: a data"
            " manager and CORE must both release it first."
        )
    _check_releases(session, released)
    project = _active_project(session, released, today)
    permit = _read(released)
    reasons = refusals(permit, _standing(session, project, today))
    if permit.project != project.slug:
        reasons.append(f"the form is for {permit.project}, not for {project.slug}")
    if reasons:
        raise PolicyRefusal(
            f"CPR extract {number} may not leave: {'; '.join(reasons)}. Return it to"
            " the applicant."
        )
    return permit


def _read(released: Application) -> Permit:
    form = json.loads(released.form)
    if digest(form) != released.form_digest:
        raise IntegrityError(
            f"The form of CPR extract {released.id} was changed behind the"
            " application's back. Compare the audit log, and restore the database."
        )
    try:
        return Permit.model_validate(form)
    except ValidationError as error:
        fields = ", ".join(str(one["loc"][0]) for one in error.errors())
        raise PolicyRefusal(
            f"CPR extract {released.id} cannot be read as a permit ({fields}): return"
            " it to the applicant."
        ) from error


def _check_releases(session: Session, released: Application) -> None:
    steps = {step.action: step for step in _steps(session, released)[-2:]}
    if steps.keys() != {_FIRST, _SECOND}:
        raise PolicyRefusal(
            f"CPR extract {released.id} was not released by two people, one after the"
            " other."
        )
    first, second = steps[_FIRST], steps[_SECOND]
    if first.actor == second.actor:
        raise PolicyRefusal(
            f"{first.actor} released CPR extract {released.id} twice: it takes two"
            " people."
        )
    project = session.get_one(Project, released.project_number)
    for step, role in ((first, Role.DATA_MANAGER), (second, Role.CORE)):
        if step.form_digest != released.form_digest:
            raise PolicyRefusal(
                f"{step.actor} released another version of CPR extract {released.id}:"
                " it must be released again."
            )
        if role not in people.get(session, step.actor).roles:
            raise PolicyRefusal(
                f"{step.actor}, who released CPR extract {released.id}, is no"
                f" {role.replace('_', ' ')} any more: let another release it."
            )
        if step.actor == released.created_by or memberships.takes_or_took_part(
            session, project, step.actor
        ):
            raise PolicyRefusal(
                f"{step.actor} released a CPR extract of their own project: let"
                " somebody else decide."
            )


def _steps(session: Session, released: Application) -> list[ApplicationStep]:
    return list(
        session.scalars(
            select(ApplicationStep)
            .where(ApplicationStep.application_id == released.id)
            .order_by(ApplicationStep.number)
        )
    )


def releasers(session: Session, released: Application) -> set[str]:
    """Return the accounts of the two who released it."""
    return {step.actor for step in _steps(session, released)[-2:]}


def _active_project(session: Session, released: Application, today: date) -> Project:
    project = session.get_one(Project, released.project_number)
    standing = lifecycle.standing(session, project, today)
    if standing.state is not ProjectState.ACTIVE:
        raise PolicyRefusal(
            f"Project {project.slug} is {standing.state}: {standing.reason}."
        )
    return project


def _standing(session: Session, project: Project, today: date) -> Standing:
    # As amendments have changed it, not as it was first proposed.
    question = Question.model_validate(in_force(session, project)["population"])
    members = memberships.members_of(session, project, today)
    return Standing(
        question_digest=question.digest,
        members=frozenset(one.account for one in members),
        today=today,
    )
