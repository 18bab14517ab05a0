"""CORE registers an approval that a running project obtained, such as a renewal."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.errors import PolicyRefusal
from enclave.projects import approvals as rules
from enclave.projects import free_text, lifecycle, memberships, people, register
from enclave.projects.approvals import Approval
from enclave.projects.forms import FormError, Problem
from enclave.projects.forms.reading import problems_of
from enclave.projects.people import Role
from enclave.store.project_tables import Project


def register_approval(
    session: Session,
    slug: str,
    document: Mapping[str, Any],
    actor: str,
    clock: Clock = now,
) -> Project:
    """Add an approval to a project's register; a suspension it lifts is lifted.

    Raises
    ------
    NotFoundError
        If there is no such account or project.
    PolicyRefusal
        If the actor is not of the CORE group, or takes part in the project.
    FormError
        If the approval is not complete, not obtained, or breaks a rule.
    """
    project = lifecycle.get(session, slug)
    _check_actor(session, project, actor)
    approval = _read(document, clock)
    register.add(session, project, [approval], actor=actor, clock=clock)
    lifecycle.refresh(session, project, actor=actor, clock=clock)
    return project


def _check_actor(session: Session, project: Project, actor: str) -> None:
    if Role.CORE not in people.get(session, actor).roles:
        raise PolicyRefusal(
            f"To register an approval takes the role core, which {actor} does not"
            " hold: hand the letter to the CORE group."
        )
    if memberships.takes_or_took_part(session, project, actor):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {actor} takes part in"
            f" {project.slug}: leave it to a colleague."
        )


def _read(document: Mapping[str, Any], clock: Clock) -> Approval:
    free_text.check_form(document)
    try:
        approval = Approval.model_validate(dict(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise FormError("The approval is not complete:", problems_of(found)) from None
    text = rules.fault(approval, clock().date())
    if not approval.obtained:
        text = "only an approval that was obtained is registered: wait for the letter"
    if text:
        raise FormError("The approval breaks a rule:", [Problem("approval", text)])
    return approval
