"""Own data looked through and released by a worker, at a data manager's wish.

The portal takes files in and reads none: only the worker reaches the vault and the
project's key.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from enclave.airlock.ingress import Ingress
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.course import Course
from enclave.projects import applications, guards, machine, people
from enclave.projects.case import Case
from enclave.projects.machine import Guard, Kind, State, StateConflict
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.job_tables import Job


JOB = "own_data"
# What is done, from which state, and where it leads if nothing speaks against it.
STEPS: dict[str, tuple[State, State]] = {
    "scan": (State.UPLOADED, State.QUARANTINED),
    "load": (State.QUARANTINED, State.LOADED),
}


def enqueue(
    session: Session, number: int, step: str, *, actor: str, clock: Clock = now
) -> Job:
    """Leave a step to a worker, in the session's own transaction.

    Raises
    ------
    NotFoundError, InputError, PolicyRefusal
        If there is no such application or step, it does not stand where the step
        begins, or the actor may not take it.
    """
    application = applications.get(session, number, actor)
    account = people.get(session, actor)
    if application.kind != Kind.OWN_DATA or step not in STEPS:
        raise InputError(
            f"Application {number} is no own data, or there is no step {step!r}: choose"
            f" {' or '.join(STEPS)}."
        )
    if Role.DATA_MANAGER not in account.roles:
        raise PolicyRefusal(f"{actor} is no data manager: ask one.")
    guards.check(Guard.NOT_OWN, Case(session, application, account, "", clock))
    if application.state != STEPS[step][0]:
        raise StateConflict(
            f"Application {number} is {machine.spoken(application.state)}, and this"
            f" takes own data that is {machine.spoken(STEPS[step][0])}."
        )
    payload = {"application": number, "step": step, "actor": actor}
    key = f"{JOB}:{step}:{number}:{application.version}"
    return queue.enqueue(session, JOB, payload, key, clock=clock)


def carry_out(
    settings: Settings,
    database: Database,
    payload: Mapping[str, Any],
    course: Course,
    *,
    clock: Clock = now,
) -> dict[str, Any]:
    """Do the job that :func:`enqueue` asked for; once more, if a worker died on it."""
    number, actor = payload["application"], payload["actor"]
    with database.begin() as session:
        state = applications.get(session, number, actor).state
    if state == STEPS[payload["step"]][1]:
        return {"state": state}
    hand = Ingress(settings, database, number)
    if payload["step"] == "scan":
        found = hand.look_through(actor=actor, clock=clock, stop=course.must_stop)
        return {"findings": len(found), "blocked": any(one.blocks for one in found)}
    return {"file": hand.load(actor=actor, clock=clock).name}


def latest(session: Session, number: int, version: int) -> Job | None:
    """Return the job about an application as it stands, if there is one."""
    keys = [f"{JOB}:{step}:{number}:{version}" for step in STEPS]
    return queue.named(session, keys)
