"""Order that the data of a project are destroyed: the point of no return."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.projects import free_text, lifecycle, ownership, people
from enclave.projects.machine import Kind, State
from enclave.projects.people import Role
from enclave.returns.close_out.plan import Plan, plan_of
from enclave.store.job_tables import Job
from enclave.store.project_tables import Application, Project
from enclave.store.return_tables import ProjectDestruction


JOB = "close-out"
_SHORTEST_REASON = 20


@dataclass(frozen=True)
class Order:
    """That a plan is carried out.

    Attributes
    ----------
    plan_digest
        Of the plan that was read.
    accepted
        Open points that are accepted, by name, each with the reason.
    """

    project: str
    plan_digest: str
    reason: str
    accepted: Mapping[str, str]


def order(session: Session, wanted: Order, *, actor: str, clock: Clock = now) -> None:
    """Put on record that the data of a project are destroyed: there is no way back.

    Ordered already, only the right to go on with it is looked at.

    Raises
    ------
    PolicyRefusal
        If the actor may not, something is open, or the project changed since the plan
        was read.
    InputError
        If no reason is given.
    """
    project = lifecycle.get(session, wanted.project)
    session.refresh(project, with_for_update=True)
    known = session.get(ProjectDestruction, project.number)
    plan = plan_of(session, wanted.project, clock())
    if known is not None:
        check_actor(session, known.application_id, checker(known), actor)
        return
    if plan.application is None:
        raise PolicyRefusal(
            f"Project {plan.project} has handed in no close-out: its leader does so"
            " first, under Applications."
        )
    check_actor(session, plan.application, plan.checked_by, actor)
    _check_plan(plan, wanted)
    session.add(
        ProjectDestruction(
            project_number=project.number,
            application_id=plan.application,
            plan=canonical_json(plan.document).decode(),
            plan_digest=plan.digest,
            accepted=canonical_json(dict(wanted.accepted)).decode(),
            reason=wanted.reason.strip(),
            started=clock(),
            started_by=actor,
        )
    )
    session.flush()
    details = {"plan": plan.digest, "accepted": sorted(wanted.accepted)}
    tell(session, project, "order", actor, clock, details)


def enqueue(session: Session, slug: str, *, actor: str, clock: Clock = now) -> Job:
    """Leave what :func:`order` ordered to a worker, in the same transaction."""
    payload = {"project": slug, "actor": actor}
    return queue.enqueue(session, JOB, payload, f"{JOB}:{slug}:{actor}", clock=clock)


def is_under_way(session: Session, slug: str) -> bool:
    """Return whether a worker has the destruction to carry out, or is at it."""
    waits = select(Job.id).where(
        Job.kind == JOB,
        Job.key.startswith(f"{JOB}:{slug}:", autoescape=True),
        Job.state.in_([JobState.QUEUED, JobState.RUNNING]),
    )
    return session.scalars(waits.limit(1)).first() is not None


def check_actor(
    session: Session, application_id: int, checked_by: str, actor: str
) -> None:
    """Refuse who may not have the data of a project destroyed.

    Raises
    ------
    PolicyRefusal
        If the actor is not of CORE, takes part in the project, or checked its end.
    """
    account = people.get(session, actor)
    if Role.CORE not in account.roles:
        raise PolicyRefusal(
            f"Only the CORE group has the data of a project destroyed, and {actor} does"
            " not belong to it: ask one of them."
        )
    form = session.get_one(Application, application_id)
    # Its data requests are revoked by the same person, when the data are gone.
    decided = [form, *delivered_requests(session, form.project_number)]
    if any(ownership.barred(session, one, account) for one in decided):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {actor} takes part in it or"
            " stepped aside: leave it to a colleague."
        )
    if actor == checked_by:
        raise PolicyRefusal(
            f"{actor} checked the close-out, and two people see to it that data are"
            " destroyed: leave it to a colleague."
        )


def delivered_requests(session: Session, project: int | None) -> Sequence[Application]:
    """Return the data requests of a project that end with its data.

    In quality assurance there may be a version, too, that nobody has looked at.
    """
    return session.scalars(
        select(Application).where(
            Application.project_number == project,
            Application.kind == Kind.DATA_REQUEST,
            Application.state.in_([State.QA, State.ACTIVE]),
        )
    ).all()


def _check_plan(plan: Plan, wanted: Order) -> None:
    for text in (wanted.reason, *wanted.accepted.values()):
        free_text.check_reason(text)
    stray = wanted.accepted.keys() - {one.name for one in plan.open_items}
    if stray:
        raise InputError(
            "Nothing was destroyed: what you accept is no open point of the plan."
            f" `enclave close-out plan {plan.project}` names them."
        )
    if len(wanted.reason.strip()) < _SHORTEST_REASON:
        raise InputError("Give the reason in a sentence: it stands in the record.")
    refused = [
        one.name
        for one in plan.open_items
        if not (one.acceptable and wanted.accepted.get(one.name, "").strip())
    ]
    if refused:
        raise PolicyRefusal(
            f"Nothing was destroyed, for this is open: {', '.join(refused)}. `enclave"
            f" close-out plan {plan.project}` says what to do about each."
        )
    if wanted.plan_digest != plan.digest:
        raise PolicyRefusal(
            "Nothing was destroyed: the project is not as it was in the plan that you"
            " name. Read the plan again."
        )


def tell(
    session: Session,
    project: Project,
    what: str,
    actor: str,
    clock: Clock,
    details: dict[str, Any],
) -> None:
    """Tell the audit log what happens to the data of a project."""
    event = log.Event(actor, f"close_out.{what}", f"project:{project.slug}", details)
    log.record(session, event, clock=clock)


def checker(row: ProjectDestruction) -> str:
    """Return the data manager who checked the close-out."""
    checked_by: str = json.loads(row.plan)["checked_by"]
    return checked_by
