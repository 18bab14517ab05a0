"""Findings on their way: submitted, taken up, talked about, and decided on.

Like a pull request: whoever found something proposes, a data manager looks at what it
would change, returns it with a comment, declines it, or accepts it, as it is or with
another rule. Nobody accepts their own.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json, digest
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import free_text, lifecycle, memberships, people
from enclave.projects.people import Role
from enclave.returns.findings import holders
from enclave.returns.findings.form import FindingForm, read
from enclave.store.project_tables import Project
from enclave.store.return_tables import Finding, FindingStep
from enclave.warehouse.catalogue import Catalogue


MOST_OPEN = 50
_LONGEST_COMMENT = 4_000


class Step(StrEnum):
    """What a step of a finding's history may be called."""

    SUBMIT = "submit"
    TAKE_UP = "take_up"
    RETURNED = "returned"
    DECLINED = "declined"
    ACCEPT = "accept"


class State(StrEnum):
    """Where a finding stands."""

    SUBMITTED = "submitted"
    IN_WORK = "in_work"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"


OPEN = frozenset({State.SUBMITTED, State.IN_WORK, State.RETURNED})


def submit(  # noqa: PLR0913 - what, by whom, from where, when
    session: Session,
    document: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    actor: str,
    project: str | None,
    from_workspace: bool = False,
    clock: Clock = now,
) -> Finding:
    """Keep a finding; the same one of the same person is kept once.

    Raises
    ------
    InputError, NotFoundError
        As :func:`~enclave.returns.findings.form.read`.
    PolicyRefusal
        If the actor is no member of a project that holds the variable, nor a data
        manager, or has too many open findings.
    """
    form = read(document, catalogue)
    number = _project_of(session, form.variable, actor, project, clock)
    content = canonical_json(form.model_dump(mode="json")).decode()
    same = select(Finding).where(
        Finding.created_by == actor,
        Finding.digest == digest(json.loads(content)),
        Finding.state.in_(OPEN),
    )
    known = session.scalars(same).first()
    if known is not None:
        return known
    _check_number(session, actor)
    made = Finding(
        project_number=number,
        variable=form.variable,
        document=content,
        digest=digest(json.loads(content)),
        state=State.SUBMITTED,
        version=1,
        from_workspace=from_workspace,
        created_by=actor,
        created=clock(),
    )
    session.add(made)
    session.flush()
    step(session, made, Step.SUBMIT, actor, clock)
    return made


def resubmit(
    session: Session,
    number: int,
    document: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    actor: str,
    clock: Clock = now,
) -> Finding:
    """Hand a finding in again that was returned.

    Raises
    ------
    PolicyRefusal
        If it is not the actor's, or was not returned.
    """
    found = get(session, number)
    if found.created_by != actor:
        raise PolicyRefusal(f"Finding {number} is not {actor}'s to change.")
    check_state(found, State.RETURNED)
    form = read(document, catalogue)
    if form.variable != found.variable:
        raise InputError("That is about another variable: submit a finding of its own.")
    content = form.model_dump(mode="json")
    found.document, found.digest = canonical_json(content).decode(), digest(content)
    found.version += 1
    found.state = State.SUBMITTED
    step(session, found, Step.SUBMIT, actor, clock)
    return found


def take_up(session: Session, number: int, *, actor: str, clock: Clock = now) -> None:
    """Say that one is looking at a finding."""
    found = decidable(session, number, actor)
    check_state(found, State.SUBMITTED)
    found.state = State.IN_WORK
    step(session, found, Step.TAKE_UP, actor, clock)


def send_back(
    session: Session, number: int, comment: str, *, actor: str, clock: Clock = now
) -> None:
    """Return a finding with a comment."""
    _answer(session, number, State.RETURNED, comment, actor, clock)


def decline(
    session: Session, number: int, comment: str, *, actor: str, clock: Clock = now
) -> None:
    """Decline a finding with a comment."""
    _answer(session, number, State.DECLINED, comment, actor, clock)


def get(session: Session, number: int) -> Finding:
    """Return a finding as it is now, kept from others meanwhile.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = session.get(Finding, number, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFoundError(f"There is no finding {number}.")
    return found


def form_of(finding: Finding) -> FindingForm:
    """Return what a finding says."""
    return FindingForm.model_validate_json(finding.document)


def decidable(session: Session, number: int, actor: str) -> Finding:
    """Return a finding that the actor may decide on.

    Raises
    ------
    PolicyRefusal
        If the actor is no data manager, or made it, or belongs to its project.
    """
    found = get(session, number)
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(f"{actor} is no data manager, and they decide: ask one.")
    own = found.created_by == actor
    if found.project_number is not None:
        project = session.get_one(Project, found.project_number)
        own = own or memberships.takes_or_took_part(session, project, actor)
    if own:
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {actor} takes part in finding"
            f" {number}: leave it to a colleague."
        )
    return found


def step(
    session: Session,
    finding: Finding,
    action: Step,
    actor: str,
    clock: Clock,
    comment: str = "",
) -> None:
    """Write down what happened, with its audit event."""
    last = select(func.max(FindingStep.number)).where(
        FindingStep.finding_id == finding.id
    )
    number = (session.scalar(last) or 0) + 1
    session.add(
        FindingStep(
            finding_id=finding.id,
            number=number,
            action=action.value,
            actor=actor,
            at=clock(),
            comment=comment,
            digest=finding.digest,
        )
    )
    session.flush()
    details = {"variable": finding.variable, "digest": finding.digest}
    subject = f"finding:{finding.id}"
    event = log.Event(actor, f"finding.{action}", subject, details)
    log.record(session, event, clock=clock)


def _answer(
    session: Session, number: int, to: State, comment: str, actor: str, clock: Clock
) -> None:
    found = decidable(session, number, actor)
    check_state(found, State.SUBMITTED, State.IN_WORK)
    free_text.check_reason(comment)
    if not 10 <= len(comment.strip()) <= _LONGEST_COMMENT:
        raise InputError("Say why in a sentence, so that the finder can act on it.")
    found.state = to
    step(session, found, Step(to.value), actor, clock, comment.strip())


def check_state(finding: Finding, *allowed: State) -> None:
    """Refuse what does not stand where something starts."""
    if finding.state not in allowed:
        raise PolicyRefusal(
            f"Finding {finding.id} is {finding.state.replace('_', ' ')}; for this it"
            f" must be {' or '.join(one.replace('_', ' ') for one in allowed)}."
        )


def _check_number(session: Session, actor: str) -> None:
    # What is written in a workspace leaves it by this door: not without end.
    mine = select(func.count(Finding.id)).where(
        Finding.created_by == actor, Finding.state.in_(OPEN)
    )
    if (session.scalar(mine) or 0) >= MOST_OPEN:
        raise PolicyRefusal(
            f"{actor} has {MOST_OPEN} findings that nobody has decided on: wait until"
            " some are."
        )


def _project_of(
    session: Session, variable: str, actor: str, slug: str | None, clock: Clock
) -> int | None:
    account = people.get(session, actor)
    if slug is None:
        if Role.DATA_MANAGER in account.roles:
            return None
        raise PolicyRefusal("Name the project in which you found it.")
    project = lifecycle.get(session, slug)
    if memberships.role_in(session, project, actor, clock().date()) is None:
        raise PolicyRefusal(f"{actor} is no member of project {slug}.")
    if variable not in holders.variables_of(session, project.number):
        raise PolicyRefusal(
            f"No grant of project {slug} holds {variable}: report what you found in"
            " data that you were given."
        )
    return project.number
