"""Make, change and decide on applications.

Every change is one transaction that holds the new state, the step in the application's
history and the audit event, so none of the three exists without the others. A change
first locks the application: of two people who decide at once exactly one does, and the
other is told what was decided.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.projects import deciding, drafting, guards, kinds, machine, people, records
from enclave.projects.case import Case, Given, document
from enclave.projects.forms import Form, read
from enclave.projects.machine import EDITABLE, Kind, State, StateConflict
from enclave.store.project_tables import Application, ApplicationStep
from enclave.warehouse.catalogue import Catalogue


__all__ = [
    "Application",
    "act",
    "copy",
    "create",
    "edit",
    "expect_version",
    "form_of",
    "get",
    "get_to",
    "history",
    "submit",
]


def create(
    session: Session,
    kind: str,
    form: Mapping[str, Any],
    actor: str,
    clock: Clock = now,
) -> Application:
    """Open a draft. It may be unfinished; it is checked when it is submitted.

    Parameters
    ----------
    form
        The fields as JSON. What belongs to a project takes what the project knows,
        such as its population, where it is left out.

    Raises
    ------
    PolicyRefusal
        If the actor's role does not allow it, or they are not of the project.
    FormError
        If there are unknown fields.
    """
    account = people.get(session, actor)
    drafting.check_role(kind, account)
    application = Application(
        kind=machine.kind(kind).value,
        state=State.DRAFT.value,
        version=1,
        created_by=actor,
        created=clock(),
        changed=clock(),
    )
    if kinds.of(kind).in_project:
        project = drafting.project_for(session, kind, form, account, clock)
        application.project_number = project.number
    drafting.fill(session, application, form)
    session.add(application)
    session.flush()
    drafting.name_people(session, application)
    records.record(session, application, actor, "create", clock)
    return application


def edit(
    session: Session,
    application_id: int,
    form: Mapping[str, Any],
    actor: str,
    clock: Clock = now,
) -> Application:
    """Replace the form of a draft or of a returned application.

    Raises
    ------
    PolicyRefusal
        If the application is not the actor's.
    StateConflict
        If it was submitted.
    """
    application = records.locked(session, application_id)
    account = people.get(session, actor)
    records.require_sight(session, application, account)
    guards.check(
        kinds.of(application.kind).whose, Case(session, application, account, "", clock)
    )
    if application.state not in EDITABLE:
        raise StateConflict(
            f"The {records.name(application)} is {machine.spoken(application.state)}"
            " and cannot be changed: withdraw it, or ask for it to be returned."
        )
    drafting.fill(session, application, form)
    application.version += 1
    application.changed = clock()
    session.flush()
    drafting.name_people(session, application)
    records.record(session, application, actor, "edit", clock)
    return application


def copy(
    session: Session, application_id: int, actor: str, clock: Clock = now
) -> Application:
    """Open a draft of the same kind with the same form, as the actor's own.

    Raises
    ------
    NotFoundError
        If there is no such application that the actor may see.
    PolicyRefusal
        If the actor may not apply for it.
    """
    found = get(session, application_id, actor)
    # What the project knows is taken from it anew: it may have been amended since. An
    # amendment says itself what it shall be.
    amends = found.kind == Kind.AMENDMENT
    carried = () if amends else kinds.of(found.kind).carries
    form = {
        name: value for name, value in document(found).items() if name not in carried
    }
    return create(session, found.kind, form, actor, clock)


def act(
    session: Session,
    application_id: int,
    action: str,
    actor: str,
    given: str | Given = "",
    clock: Clock = now,
) -> Application:
    """Take an application from one state to the next.

    Parameters
    ----------
    given
        The reason, or the reason and the number that some actions ask for.

    To submit a request use :func:`submit`, which brings the catalogue; to answer a
    feasibility request, :mod:`enclave.feasibility.request_answer`.

    Raises
    ------
    NotFoundError
        If there is no such application that the actor may see.
    InputError
        If applications of its kind know no such action, or the form has problems.
    StateConflict
        If it does not stand where the action starts.
    PolicyRefusal
        If the actor's role does not allow it, or a guard refuses.
    """
    application = records.locked(session, application_id)
    account = people.get(session, actor)
    given = Given(given) if isinstance(given, str) else given
    case = Case(
        session,
        application,
        account,
        given.reason.strip(),
        clock,
        figure=given.figure,
    )
    return deciding.perform(case, action)


def get_to(
    session: Session, application_id: int, action: str, actor: str, clock: Clock = now
) -> Application:
    """Return an application that a person may see, for an action on it.

    Raises
    ------
    NotFoundError
        If there is none, or the person may not see it.
    StateConflict
        If a colleague took the action meanwhile.
    """
    application = records.locked(session, application_id)
    account = people.get(session, actor)
    deciding.require_sight(Case(session, application, account, "", clock), action)
    return application


def submit(
    session: Session,
    application_id: int,
    actor: str,
    catalogue: Catalogue | None,
    clock: Clock = now,
) -> Application:
    """Hand an application in, its variables checked against a catalogue.

    Raises
    ------
    FormError
        If the form has problems; all of them are named.
    PolicyRefusal
        If there is no catalogue and the form needs one, or as :func:`act`.
    """
    application = records.locked(session, application_id)
    account = people.get(session, actor)
    case = Case(session, application, account, "", clock, catalogue)
    return deciding.perform(case, "submit")


def expect_version(session: Session, application_id: int, version: int) -> None:
    """Refuse to go on if an application changed since somebody looked at it.

    Call it before :func:`act` or :func:`edit` in the same transaction: what a person
    approves is then what they read.

    Raises
    ------
    StateConflict
        If the version is another one.
    """
    if records.locked(session, application_id).version != version:
        raise StateConflict(
            f"Application {application_id} was changed while you looked at it: read it"
            " again, then decide."
        )


def get(session: Session, application_id: int, actor: str) -> Application:
    """Return an application that a person may see.

    Raises
    ------
    NotFoundError
        If there is none, or the person may not see it; the two look the same.
    """
    application = session.get(Application, application_id)
    if application is None:
        raise records.not_found(application_id)
    records.require_sight(session, application, people.get(session, actor))
    return application


def form_of(application: Application) -> Form:
    """Return the form of an application that was submitted.

    Raises
    ------
    FormError
        If it is a draft that is not complete.
    """
    return read(application.kind, document(application))


def history(session: Session, application: Application) -> list[ApplicationStep]:
    """Return the transitions of an application, the first one first."""
    return records.steps(session, application)
