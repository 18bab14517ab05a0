"""Say who a pseudonym stands for, or what it is called in another project.

A clinically relevant finding must reach the patient, and sometimes two projects may be
joined. Either takes a reason, two people who do not belong to the project, and is
answered once, for the pseudonyms that were named and no others.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects import free_text, lifecycle, memberships, people
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.delivery_tables import Reidentification
from enclave.store.project_tables import Project


MOST_PERSONS = 50
MOST_BRIDGED = 100_000
HOLDS = timedelta(days=14)
_SHORTEST_REASON = 20
_ANOTHER = "let somebody else decide, on a new request if this one has its two."


@dataclass(frozen=True)
class Wanted:
    """What is asked.

    Attributes
    ----------
    other
        A project in which the persons have other pseudonyms: those are asked for
        instead; null where the persons themselves are.
    """

    project: str
    pseudonyms: frozenset[str]
    reason: str
    other: str | None = None


def ask(
    settings: Settings,
    database: Database,
    wanted: Wanted,
    *,
    actor: str,
    clock: Clock = now,
) -> int:
    """Ask who some pseudonyms stand for, and return the number of the request.

    Raises
    ------
    InputError
        If there are none or too many, one is not of the project, or no reason is given.
    PolicyRefusal
        If the actor is no data manager.
    """
    _check(wanted)
    with database.begin() as session:
        _check_asker(session, actor)
        number = lifecycle.get(session, wanted.project).number
        known = Pseudonyms.for_project(settings, number)
        for one in wanted.pseudonyms:
            known.reveal(one)
        other = lifecycle.get(session, wanted.other).number if wanted.other else None
        row = Reidentification(
            project_number=number,
            other_number=other,
            pseudonyms=json.dumps(sorted(wanted.pseudonyms)),
            reason=wanted.reason.strip(),
            asked_by=actor,
            asked=clock(),
        )
        session.add(row)
        session.flush()
        _tell(session, row, "ask", actor, clock)
        return row.id


def approve(database: Database, number: int, *, actor: str, clock: Clock = now) -> bool:
    """Agree to a request; return whether it may be answered now.

    Raises
    ------
    PolicyRefusal
        If the actor is neither data manager nor CORE, asked it, has agreed already, or
        belongs to a project it is about; or if it was answered or is too old.
    """
    with database.begin() as session:
        row = _row(session, number, clock)
        if actor in {row.asked_by, row.first}:
            raise PolicyRefusal(
                f"{actor} has had a say in request {number}: it takes two others."
            )
        _check_approver(session, row, actor)
        if row.first is None:
            row.first = actor
        elif row.second is None:
            row.second = actor
        else:
            raise PolicyRefusal(f"Two people have agreed to request {number} already.")
        _tell(session, row, "approve", actor, clock)
        return row.second is not None


def answer(
    settings: Settings,
    database: Database,
    number: int,
    *,
    actor: str,
    clock: Clock = now,
) -> list[dict[str, Any]]:
    """Answer a request that two people have agreed to: once, to whoever asked.

    Returns
    -------
    list of dict
        For each pseudonym the ids in use, or the pseudonym in the other project.

    Raises
    ------
    PolicyRefusal
        If two have not agreed, or one of the three might not ask or agree today.
    """
    with database.begin() as session:
        row = _row(session, number, clock)
        if actor != row.asked_by:
            raise PolicyRefusal(f"{row.asked_by} asked, and alone gets the answer.")
        if row.first is None or row.second is None:
            raise PolicyRefusal(
                f"Request {number} needs two people to agree, and has"
                f" {'one' if row.first else 'none'}."
            )
        _check_asker(session, actor)
        for approver in (row.first, row.second):
            _check_approver(session, row, approver)
        pseudonyms: list[str] = json.loads(row.pseudonyms)
        here = Pseudonyms.for_project(settings, row.project_number)
        keys = [here.reveal(one) for one in pseudonyms]
        if row.other_number is None:
            found = _ids(settings, keys)
        else:
            there = Pseudonyms.for_project(settings, row.other_number)
            called = there.of(np.array(keys, np.int64)).to_pylist()
            found = [{"other": one} for one in called]
        row.answered = clock()
        _tell(session, row, "answer", actor, clock)
    return [
        {"pseudonym": one, **facts}
        for one, facts in zip(pseudonyms, found, strict=True)
    ]


def _check(wanted: Wanted) -> None:
    free_text.check_reason(wanted.reason)
    if len(wanted.reason.strip()) < _SHORTEST_REASON:
        raise InputError("Give the reason in a sentence: others decide by it.")
    most = MOST_BRIDGED if wanted.other else MOST_PERSONS
    if not 0 < len(wanted.pseudonyms) <= most:
        raise InputError(f"Name between one and {most:,} pseudonyms.")


def _check_asker(session: Session, actor: str) -> None:
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(f"{actor} is no data manager: ask one.")


def _check_approver(session: Session, row: Reidentification, actor: str) -> None:
    if not people.get(session, actor).roles & {Role.DATA_MANAGER, Role.CORE}:
        raise PolicyRefusal(f"{actor} is neither data manager nor CORE: {_ANOTHER}")
    for project in (row.project_number, row.other_number):
        if project and memberships.takes_or_took_part(
            session, session.get_one(Project, project), actor
        ):
            raise PolicyRefusal(f"{actor} is or was a member of it: {_ANOTHER}")


def _ids(settings: Settings, keys: list[int]) -> list[dict[str, Any]]:
    ids: dict[int, list[str]] = {}
    for row in Vault.of(settings).ids_of(keys).to_pylist():
        if row["valid_to"] is None:
            ids.setdefault(row["person"], []).append(row["id"])
    return [{"ids": ids.get(key, [])} for key in keys]


def _row(session: Session, number: int, clock: Clock) -> Reidentification:
    row = session.get(Reidentification, number, with_for_update=True)
    if row is None:
        raise NotFoundError(f"There is no request {number} to say who somebody is.")
    if row.answered is not None:
        raise PolicyRefusal(f"Request {number} was answered, and is answered once.")
    if row.asked + HOLDS < clock():
        raise PolicyRefusal(
            f"Request {number} is older than {HOLDS.days} days: ask again."
        )
    return row


def _tell(
    session: Session, row: Reidentification, action: str, actor: str, clock: Clock
) -> None:
    facts = {
        "request": row.id,
        "persons": len(json.loads(row.pseudonyms)),
        "pseudonyms": digest(json.loads(row.pseudonyms)),
        "bridged_to": row.other_number,
        "reason": row.reason,
    }
    project = session.get_one(Project, row.project_number)
    subject = f"project:{project.slug}"
    log.record(
        session,
        log.Event(actor, f"reidentification.{action}", subject, facts),
        clock=clock,
    )
