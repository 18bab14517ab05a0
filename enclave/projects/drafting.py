"""What goes into a draft: the applicant's fields, and what the project knows already.

The question behind the first count is carried along here and never typed again: a data
request takes its population from the approved proposal.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from enclave.canonical import canonical_json, digest
from enclave.clock import Clock
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import free_text, kinds, lifecycle, memberships
from enclave.projects.case import document
from enclave.projects.forms.reading import check_draft
from enclave.projects.in_force import in_force
from enclave.projects.machine import Kind, spoken
from enclave.projects.people import Role
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import (
    Account,
    Application,
    ApplicationPerson,
    Project,
)


def check_role(kind: str, account: Account) -> None:
    """Check that somebody may apply for a kind, before anything is looked up for them.

    Raises
    ------
    PolicyRefusal
        If their role does not allow it.
    """
    by = kinds.of(kind).by
    if not by & account.roles:
        raise PolicyRefusal(
            f"To apply for a {spoken(kind)} takes the role {' or '.join(sorted(by))},"
            f" which {account.name} does not hold: ask a data manager for it, or let"
            " somebody apply who holds it."
        )


def project_for(
    session: Session,
    kind: str,
    form: Mapping[str, Any],
    account: Account,
    clock: Clock,
) -> Project:
    """Return the project that an application of a kind is about.

    Raises
    ------
    InputError
        If the form names none.
    PolicyRefusal
        If the applicant is not one of its members, and it is they who apply.
    """
    slug = form.get("project") or None
    if slug is None and kind == Kind.RERUN_REQUEST:
        slug = _project_of(session, form.get("analysis"))
    if not isinstance(slug, str):
        raise InputError(
            f"project: is missing: a {spoken(kind)} belongs to an approved project, so"
            " give its slug."
        )
    project = lifecycle.get(session, slug)
    today = clock().date()
    if Role.RESEARCHER not in kinds.of(kind).by:
        return project
    if memberships.role_in(session, project, account.name, today) is None:
        raise PolicyRefusal(
            f"{account.name} is not a member of project {slug}, and only members apply"
            f" for it: ask its leader {project.leader}."
        )
    return project


def _project_of(session: Session, analysis: object) -> str | None:
    """Return the project of an archived analysis: a journal knows no more than that."""
    if not isinstance(analysis, str):
        return None
    archived = session.get(ArchivedAnalysis, analysis)
    if archived is None:
        return None
    return session.get_one(Project, archived.project_number).slug


def fill(session: Session, application: Application, form: Mapping[str, Any]) -> None:
    """Put a form into an application, completed with what its project knows.

    Raises
    ------
    FormError
        If there are unknown fields, or a CPR number in a text.
    InputError
        If it is too large, or moves to another project.
    """
    entered = dict(form)
    title = entered.get("title")
    if application.project_number is not None and kinds.of(application.kind).in_project:
        project = session.get_one(Project, application.project_number)
        entered = {**_carried(session, application.kind, project), **entered}
        if entered["project"] != project.slug:
            raise InputError(
                f"project: this {spoken(application.kind)} belongs to {project.slug}:"
                " make a new one for another project."
            )
        title = project.title
    check_draft(application.kind, entered)
    free_text.check_form(entered, application.kind)
    application.form = canonical_json(entered).decode()
    application.form_digest = digest(entered)
    application.title = str(title)[:200] if title else "(untitled)"


def name_people(session: Session, application: Application) -> None:
    """Keep the list of the people a form names in step with the form."""
    session.execute(
        delete(ApplicationPerson).where(
            ApplicationPerson.application_id == application.id
        )
    )
    named = dict(_people(document(application)))
    session.add_all(
        ApplicationPerson(application_id=application.id, email=email, role=role)
        for email, role in named.items()
    )
    session.flush()


def _carried(session: Session, kind: str, project: Project) -> dict[str, Any]:
    known = in_force(session, project)
    wanted = ("project", *kinds.of(kind).carries)
    return {name: known[name] for name in wanted if name in known}


def _people(entered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # A draft may be anything: take what can be read, its form is checked later.
    group = entered.get("group")
    for person in group if isinstance(group, list) else []:
        email = person.get("email") if isinstance(person, dict) else None
        if isinstance(email, str) and email.strip():
            role = "leader" if person.get("role") == "leader" else "member"
            yield email.strip().lower()[:200], role
