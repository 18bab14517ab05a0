"""A cleaned dataset on its way back: submitted, then accepted or refused by others.

It is submitted with its codebook and passes the 24 checks, or is not kept at all. What
a check leaves to a person, the data manager who accepts it has judged.
"""

import hashlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave import durable
from enclave.archive.intake import read_file
from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.lock import exclusive
from enclave.projects import free_text, lifecycle, memberships, people
from enclave.projects.lifecycle import ProjectState
from enclave.projects.people import Role
from enclave.returns.codebook import Codebook, read_codebook
from enclave.returns.daims.checks import Result, check
from enclave.returns.dataset import read_dataset
from enclave.returns.scratch import scratch
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Project
from enclave.store.return_tables import ReturnedDataset


DATA, CODEBOOK = "data.csv", "codebook.json"
_LARGEST_DATA = 1_000_000_000
_LARGEST_CODEBOOK = 20_000_000


class State(StrEnum):
    """Where a returned dataset stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LINKED = "linked"


def submit(  # noqa: PLR0913 - what, from whom, and where it is kept
    settings: Settings,
    database: Database,
    data: Path,
    codebook: Path,
    *,
    project: str,
    actor: str,
    clock: Clock = now,
) -> ReturnedDataset:
    """Keep a dataset that passes the checks; the same one is kept once.

    Raises
    ------
    InputError
        If dataset or codebook cannot be read, or do not fit.
    PolicyRefusal
        If the actor is no member, the project is closed, or a check fails.
    """
    with database.begin() as session:
        number = _project_of(session, project, actor, clock)
    content = read_file(data, largest=_LARGEST_DATA)
    description = read_file(codebook, largest=_LARGEST_CODEBOOK)
    described, result = _checked(settings, project, content, description)
    hashes = tuple(hashlib.sha256(one).hexdigest() for one in (content, description))
    with exclusive(_root(settings) / ".lock"), database.begin() as session:
        known = _known(session, number, *hashes)
        if known is not None:
            return _not_refused(known)
        row = ReturnedDataset(
            project_number=number,
            title=described.title,
            sha256=hashes[0],
            codebook_sha256=hashes[1],
            rows=result.rows,
            checks=result.model_dump_json(),
            state=State.SUBMITTED,
            submitted_by=actor,
            submitted=clock(),
            comment="",
        )
        session.add(row)
        session.flush()
        _keep(settings, row.id, content, description)
        tell(session, row, "submit", actor, clock)
        return row


def accept(
    database: Database, number: int, comment: str, *, actor: str, clock: Clock = now
) -> None:
    """Accept a dataset: its checks are passed, and what they left open is judged."""
    _decide(database, number, State.ACCEPTED, comment, actor, clock)


def refuse(
    settings: Settings,
    database: Database,
    number: int,
    comment: str,
    *,
    actor: str,
    clock: Clock = now,
) -> None:
    """Refuse a dataset with the reason, and destroy its files."""
    _decide(database, number, State.REFUSED, comment, actor, clock)
    durable.shred_tree(folder_of(settings, number))


def get(session: Session, number: int) -> ReturnedDataset:
    """Return a dataset's record, kept from others meanwhile.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = session.get(
        ReturnedDataset, number, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise NotFoundError(f"There is no returned dataset {number}.")
    return found


def check_decider(session: Session, row: ReturnedDataset, actor: str) -> None:
    """Refuse who is no data manager, or takes or took part in the project.

    Raises
    ------
    PolicyRefusal
        If so.
    """
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(f"{actor} is no data manager, and they decide: ask one.")
    project = session.get_one(Project, row.project_number)
    member = memberships.takes_or_took_part(session, project, actor)
    if member or row.submitted_by == actor:
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {actor} takes or took"
            f" part in {project.slug}: leave it to a colleague."
        )


def listing(session: Session, project: str | None = None) -> list[dict[str, Any]]:
    """Return the datasets of a project, or all, as rows; the newest first."""
    wanted = (
        select(ReturnedDataset, Project.slug)
        .join(Project, Project.number == ReturnedDataset.project_number)
        .order_by(ReturnedDataset.id.desc())
    )
    if project is not None:
        wanted = wanted.where(Project.slug == project)
    return [
        {
            "number": row.id,
            "project": slug,
            "title": row.title,
            "rows": row.rows,
            "to_judge": Result.model_validate_json(row.checks).to_judge,
            "state": row.state,
            "by": row.submitted_by,
            "submitted": row.submitted.isoformat(),
            "comment": row.comment,
            "sha256": row.sha256,
            "linked_sha256": row.linked_sha256,
        }
        for row, slug in session.execute(wanted)
    ]


def folder_of(settings: Settings, number: int) -> Path:
    """Return where the files of a dataset lie until it is linked."""
    return _root(settings) / "incoming" / str(number)


def tell(
    session: Session,
    row: ReturnedDataset,
    action: str,
    actor: str,
    clock: Clock,
) -> None:
    """Tell the audit log what happens to a returned dataset."""
    details = {"sha256": row.sha256, "codebook": row.codebook_sha256, "rows": row.rows}
    if row.linked_sha256:
        details["linked"] = row.linked_sha256
    event = log.Event(actor, f"dataset.{action}", f"dataset:{row.id}", details)
    log.record(session, event, clock=clock)


def _decide(
    database: Database,
    number: int,
    to: State,
    comment: str,
    actor: str,
    clock: Clock,
) -> None:
    free_text.check_reason(comment)
    if len(comment.strip()) < 10:
        raise InputError("Say why in a sentence: the project reads it.")
    with database.begin() as session:
        row = get(session, number)
        check_decider(session, row, actor)
        if row.state != State.SUBMITTED and not (row.state == to == State.REFUSED):
            raise PolicyRefusal(f"Dataset {number} is {row.state} already.")
        if row.state == to:
            return  # its files may still be there
        row.state, row.comment = to, comment.strip()
        row.decided_by, row.decided = actor, clock()
        tell(session, row, to.value, actor, clock)


def _checked(
    settings: Settings, project: str, content: bytes, description: bytes
) -> tuple[Codebook, Result]:
    """Check what is kept, and not what the folder may hold a moment later."""
    with scratch(settings, "checking", project) as place:
        (place / DATA).write_bytes(content)
        (place / CODEBOOK).write_bytes(description)
        described = read_codebook(place / CODEBOOK)
        result = check(read_dataset(place / DATA, described), described)
    if result.failed:
        numbers = ", ".join(map(str, result.failed))
        raise PolicyRefusal(
            f"The dataset was not kept: it fails checks {numbers} of the 24. `enclave"
            " returns check` says what to mend."
        )
    free_text.check_form(json.loads(described.model_dump_json()))
    return described, result


def _keep(settings: Settings, number: int, data: bytes, codebook: bytes) -> None:
    place = folder_of(settings, number)
    # Left by a process that was killed before its number was on record.
    durable.shred_tree(place)
    with durable.new_folder(place, mode=0o700) as partial:
        durable.write_file(partial / DATA, data, mode=0o600)
        durable.write_file(partial / CODEBOOK, codebook, mode=0o600)


def _known(
    session: Session, project: int, data: str, codebook: str
) -> ReturnedDataset | None:
    return session.scalars(
        select(ReturnedDataset).where(
            ReturnedDataset.project_number == project,
            ReturnedDataset.sha256 == data,
            ReturnedDataset.codebook_sha256 == codebook,
        )
    ).one_or_none()


def _not_refused(row: ReturnedDataset) -> ReturnedDataset:
    if row.state == State.REFUSED:
        raise PolicyRefusal(
            f"This very dataset was refused as number {row.id}: {row.comment} Mend it,"
            " then submit it again."
        )
    return row


def _project_of(session: Session, slug: str, actor: str, clock: Clock) -> int:
    project = lifecycle.get(session, slug)
    if memberships.role_in(session, project, actor, clock().date()) is None:
        raise PolicyRefusal(f"{actor} is no member of project {slug}.")
    if project.state == ProjectState.CLOSED:
        raise PolicyRefusal(
            f"Project {slug} is closed and its key destroyed: nobody can say any more"
            " whom its rows are about."
        )
    return project.number


def _root(settings: Settings) -> Path:
    settings.returns.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings.returns
