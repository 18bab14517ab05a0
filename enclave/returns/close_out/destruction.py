"""Destroy the data of a project: ordered by one, checked by another, done once.

The order is one transaction, and the point of no return. What follows may be broken off
at any moment and is gone on with by whoever calls next: the inventory, the project's
key, the files, and last, in one transaction, the signed record, the evidence and the
closing of the project.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave import durable
from enclave.archive import sweeping as archive
from enclave.archive.locks import lock_of_close_out
from enclave.archive.timestamp import Authority
from enclave.canonical import canonical_json, digest
from enclave.clock import Clock, now
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import destroy_key
from enclave.lock import exclusive
from enclave.projects import (
    applications,
    evidence,
    lifecycle,
)
from enclave.returns.close_out.inventory import count, folders_of
from enclave.returns.close_out.ordering import (
    check_actor,
    checker,
    delivered_requests,
    tell,
)
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.store.project_tables import Application
from enclave.store.return_tables import ProjectDestruction


def carry_out_job(
    settings: Settings, database: Database, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """Do the job that :func:`~enclave.returns.close_out.ordering.enqueue` asked for."""
    record = carry_out(settings, database, payload["project"], actor=payload["actor"])
    return {"record": digest(record)}


def carry_out(
    settings: Settings,
    database: Database,
    slug: str,
    *,
    actor: str,
    clock: Clock = now,
) -> dict[str, Any]:
    """Destroy what was ordered to be, as far as that is still to do; sign for it.

    Returns
    -------
    dict
        The signed record of the destruction.

    Raises
    ------
    PolicyRefusal
        If it was not ordered, or the actor may not close the project.
    """
    with exclusive(lock_of_close_out(settings, slug)):
        row = _ordered(database, slug, actor)
        inventory = settings.closed / f"{slug}.inventory.json"
        if row.record is None:
            folders = folders_of(settings, json.loads(row.plan))
            _take_stock(inventory, settings.home, folders)
            key = _destroy_key(settings, row, clock)
            for folder in folders:
                durable.shred_tree(folder)
            # Data that were made again for a re-run which was killed.
            archive.sweep(settings)
            found = json.loads(inventory.read_bytes())
            record = _record(settings, row, key, found, actor, clock)
            with database.begin() as session:
                _conclude(session, slug, record, actor, clock)
        inventory.unlink(missing_ok=True)
        return record_of(database, slug)


def record_of(database: Database, slug: str) -> dict[str, Any]:
    """Return the signed record of a project's destruction.

    Raises
    ------
    NotFoundError
        If its data were not destroyed, or not all of them yet.
    """
    with database.begin() as session:
        project = lifecycle.get(session, slug)
        row = session.get(ProjectDestruction, project.number)
    if row is None or row.record is None:
        so_far = "not destroyed yet" if row is None else "being destroyed"
        raise NotFoundError(
            f"The data of project {slug} are {so_far}, so there is no record:"
            f" `enclave close-out plan {slug}` says where it stands."
        )
    record: dict[str, Any] = json.loads(row.record)
    return record


def _ordered(database: Database, slug: str, actor: str) -> ProjectDestruction:
    with database.begin() as session:
        project = lifecycle.get(session, slug)
        row = session.get(ProjectDestruction, project.number)
        if row is None:
            raise PolicyRefusal(
                f"Nobody has ordered that the data of project {slug} be destroyed:"
                f" read `enclave close-out plan {slug}` first."
            )
        if row.record is None:
            check_actor(session, row.application_id, checker(row), actor)
        return row


def _take_stock(inventory: Path, home: Path, folders: list[Path]) -> None:
    """Count once, before the first file goes: afterwards there is less to count."""
    if not inventory.exists():
        there = [one for one in folders if one.is_dir()]
        for one in there:
            durable.open_up(one)
        found = {str(one.relative_to(home)): count(one) for one in there}
        durable.write_file(inventory, canonical_json(found), mode=0o600)


def _destroy_key(
    settings: Settings, row: ProjectDestruction, clock: Clock
) -> dict[str, Any] | None:
    number, who = row.project_number, row.started_by
    try:
        return destroy_key(settings, number, actor=who, reason=row.reason, clock=clock)
    except NotFoundError:
        return None  # nothing was ever delivered


def _record(
    settings: Settings,
    row: ProjectDestruction,
    key: dict[str, Any] | None,
    inventory: dict[str, Any],
    actor: str,
    clock: Clock,
) -> dict[str, Any]:
    plan = json.loads(row.plan)
    content = {
        "document": "project-destruction",
        "version": 1,
        "plan": plan,
        "plan_sha256": row.plan_digest,
        "accepted": json.loads(row.accepted),
        "reason": row.reason,
        "checked_by": plan["checked_by"],
        "ordered_by": row.started_by,
        "ordered": row.started.isoformat(),
        "completed_by": actor,
        "completed": clock().isoformat(),
        "destroyed": inventory,
        "key_destruction": key,
    }
    signed = Signer.load(settings).sign(content)
    # So that whoever trusts the key sees in which order things happened.
    return Authority(settings).stamped(signed)


def _conclude(
    session: Session, slug: str, record: dict[str, Any], actor: str, clock: Clock
) -> None:
    project = lifecycle.get(session, slug)
    row = session.get_one(ProjectDestruction, project.number)
    row.record, row.finished = canonical_json(record).decode(), clock()
    form = session.get_one(Application, row.application_id)
    told = {"record": digest(record)}
    evidence.put(session, form, "destruction", told, actor=actor, clock=clock)
    why = f"The data of project {slug} were destroyed."
    for request in delivered_requests(session, project.number):
        applications.act(session, request.id, "revoke", actor, why, clock)
    applications.act(session, form.id, "close", actor, why, clock)
    tell(session, project, "destroy", actor, clock, told)
