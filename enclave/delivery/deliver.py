"""Deliver a grant: once for each snapshot, and completely or not at all.

A version is a folder that appears by one rename, and then a row with its audit event.
Killed before the rename, nothing was delivered, and the leftovers are swept by the next
run. Killed between the two, the next run finds the folder, checks it, and records it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery import grant as grants
from enclave.delivery import records, validity
from enclave.delivery.engine import Opener, on_this_machine
from enclave.delivery.grant import Grant
from enclave.delivery.shelf import Delivery, Shelf
from enclave.errors import EnclaveError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.projects import evidence, notices, people
from enclave.projects.machine import State
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.delivery_tables import DeliveredVersion, IssuedGrant
from enclave.store.job_tables import Job
from enclave.store.project_tables import Application
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


SYSTEM = "system"
# What the jobs are called that deliver.
JOB = "delivery"
FIRST_DELIVERY = "first_delivery"


def deliver(  # noqa: PLR0913 - what, from where, by whom and by what
    settings: Settings,
    database: Database,
    grant_id: str,
    *,
    snapshot: int | None = None,
    actor: str = SYSTEM,
    engine: Opener = on_this_machine,
    clock: Clock = now,
) -> Delivery:
    """Deliver a grant from a snapshot, the latest by default.

    Asked again for the same snapshot, it returns the version that is there.

    Parameters
    ----------
    actor
        Account of a data manager, or ``system`` for work that was scheduled.
    engine
        What runs the extraction; the version is the same whatever does.

    Raises
    ------
    NotFoundError
        If there is no such grant or snapshot.
    PolicyRefusal
        If the grant does not hold today, allows no other delivery, or the actor may
        not deliver.
    IntegrityError
        If the grant, or a version delivered before, was changed.
    HostError
        If memory or disk space ran out.
    """
    at = clock()
    with database.begin() as session:
        grant = _granted(session, settings, grant_id, actor, at)
    source = Warehouse(settings).snapshot(snapshot)
    shelf = Shelf(settings, database, grant.project, engine)
    with shelf.alone():
        shelf.tidy(actor, at)
        with database.begin() as session:
            rows = records.of_grant(session, grant.id)
        made = _made(shelf, rows, grant, source)
        if made is None:
            _check_further(database, grant, rows)
            _check_opt_outs(source, Warehouse(settings).snapshot())
            made = shelf.add(grant, source, actor, at)
    with database.begin() as session:
        _await_a_look(session, grant, made, actor, clock)
    return made


def enqueue(
    session: Session,
    settings: Settings,
    grant_id: str,
    *,
    snapshot: int | None = None,
    actor: str = SYSTEM,
    clock: Clock = now,
) -> int:
    """Leave a delivery to a worker, in the session's own transaction.

    What can be refused now is refused now. The snapshot is settled now, too: the one
    that is the latest when the worker comes to it may be another.

    Returns
    -------
    int
        The job's number.

    Raises
    ------
    NotFoundError, PolicyRefusal, IntegrityError
        As :func:`deliver`.
    """
    number = Warehouse(settings).snapshot(snapshot).number
    grant = _granted(session, settings, grant_id, actor, clock())
    rows = records.of_grant(session, grant_id)
    if all(row.snapshot != number for row in rows):
        _check_looked_at(session, grant, rows)
    payload = {"grant": grant_id, "snapshot": number, "actor": actor}
    key = f"{JOB}:{grant_id}:{number}"
    return queue.enqueue(session, JOB, payload, key, clock=clock).id


def failure(session: Session, request: int) -> str | None:
    """Return why the newest grant of a data request was not delivered, if it failed."""
    newest = validity.newest_version(session, request)
    key = f"{JOB}:G{request}-{newest}:"
    last = session.scalars(
        select(Job)
        .where(Job.kind == JOB, Job.key.startswith(key, autoescape=True))
        .order_by(Job.id.desc())
        .limit(1)
    ).one_or_none()
    return last.message if last and last.state == JobState.FAILED else None


def carry_out(
    settings: Settings,
    database: Database,
    payload: Mapping[str, Any],
    *,
    clock: Clock = now,
) -> dict[str, Any]:
    """Do the job that :func:`enqueue` asked for."""
    try:
        delivery = deliver(
            settings,
            database,
            payload["grant"],
            snapshot=payload["snapshot"],
            actor=payload["actor"],
            clock=clock,
        )
    except EnclaveError:
        with database.begin() as session:
            _tell_of_failure(session, payload["grant"], clock)
        raise
    return {
        "project": delivery.project,
        "version": delivery.version,
        "manifest": delivery.manifest.digest,
    }


def _made(
    shelf: Shelf, rows: list[DeliveredVersion], grant: Grant, source: Snapshot
) -> Delivery | None:
    """Return the version of a snapshot that was delivered before, if one was."""
    for row in rows:
        if row.snapshot == source.number:
            return shelf.take(row, grant, source)
    return None


def _await_a_look(
    session: Session, grant: Grant, made: Delivery, actor: str, clock: Clock
) -> None:
    """Put the first version on record, which somebody looks at before it is used.

    Killed before this, the next run finds the version and comes here again. What was
    made under a grant that was replaced meanwhile speaks for no other.
    """
    request = session.get_one(Application, grant.request, with_for_update=True)
    if validity.newest_version(session, request.id) != grant.version:
        return
    if request.state != State.QA or evidence.find(session, request, FIRST_DELIVERY):
        return
    details = {
        "grant": grant.id,
        "version": made.version,
        "manifest": made.manifest.digest,
    }
    evidence.put(session, request, FIRST_DELIVERY, details, actor=actor, clock=clock)
    notices.of_first_version(session, request, "version_made", grant.id, clock)


def _tell_of_failure(session: Session, grant_id: str, clock: Clock) -> None:
    row = session.get(IssuedGrant, grant_id)
    if row is None:
        return
    request = session.get_one(Application, row.application_id)
    newest = validity.newest_version(session, request.id)
    if request.state != State.QA or newest != row.version:
        return
    # A further version may be refused because the first waits to be looked at.
    if not evidence.find(session, request, FIRST_DELIVERY):
        notices.of_first_version(session, request, "version_failed", grant_id, clock)


def _granted(
    session: Session, settings: Settings, grant_id: str, actor: str, at: datetime
) -> Grant:
    _check_actor(session, actor)
    grant = grants.load(session, settings, grant_id)
    validity.check_deliverable(session, grant, at.date())
    return grant


def _check_actor(session: Session, actor: str) -> None:
    if actor == SYSTEM:
        return
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(
            f"{actor} is no data manager, and only data managers deliver: ask one."
        )


def _check_opt_outs(source: Snapshot, newest: Snapshot) -> None:
    """Refuse to give anew what people have said no to since."""
    if source.manifest.opt_outs < newest.manifest.opt_outs:
        raise PolicyRefusal(
            f"People have opted out since snapshot {source.number}, which still holds"
            f" their data: deliver snapshot {newest.number}. What was delivered before"
            " can be made again all the same."
        )


def _check_further(
    database: Database, grant: Grant, rows: list[DeliveredVersion]
) -> None:
    """Refuse a version beyond those that a grant allows by now."""
    _check_refresh(grant, rows)
    with database.begin() as session:
        _check_looked_at(session, grant, rows)


def _check_looked_at(
    session: Session, grant: Grant, rows: list[DeliveredVersion]
) -> None:
    """Refuse a further version while nobody has looked at the first.

    Who opens the data answers for what was looked at; a second version would be opened
    along with it.
    """
    request = session.get_one(Application, grant.request)
    if rows and request.state == State.QA:
        raise PolicyRefusal(
            f"Version {rows[0].version} of grant {grant.id} is in quality assurance,"
            " and a further one would be opened with it, unseen: open or return data"
            f" request {grant.request} first."
        )


def _check_refresh(grant: Grant, rows: list[DeliveredVersion]) -> None:
    if rows and grant.refresh == "once":
        raise PolicyRefusal(
            f"Grant {grant.id} is for one delivery, and that is version"
            f" {rows[0].version}, of snapshot {rows[0].snapshot}: use that one, or"
            " apply for regular refreshes with a new data request."
        )
