"""Destroy the key of a project that was closed while its key was left behind."""

from typing import Any

from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.identity.pseudonyms import destroy_key
from enclave.projects import free_text, lifecycle, memberships, people
from enclave.projects.lifecycle import ProjectState
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database


_SHORTEST_REASON = 20


def destroy(
    settings: Settings,
    database: Database,
    slug: str,
    *,
    actor: str,
    reason: str,
    clock: Clock = now,
) -> dict[str, Any]:
    """Destroy it, and return the signed record.

    Raises
    ------
    NotFoundError
        If there is no such project, or it has no key.
    PolicyRefusal
        If the project is not closed, or the actor is not of CORE or belongs to it.
    """
    free_text.check_reason(reason)
    if len(reason.strip()) < _SHORTEST_REASON:
        raise InputError("Give the reason in a sentence: it stands in the record.")
    with database.begin() as session:
        project = lifecycle.get(session, slug)
        if Role.CORE not in people.get(session, actor).roles:
            raise PolicyRefusal(f"{actor} does not belong to CORE: ask one who does.")
        if memberships.takes_or_took_part(session, project, actor):
            raise PolicyRefusal(
                f"Nobody decides on their own project, and {actor} is or was in"
                f" {slug}: leave it to a colleague."
            )
        if project.state != ProjectState.CLOSED:
            raise PolicyRefusal(
                f"Project {slug} is {project.state}, and its key ends with its data:"
                f" read `enclave close-out plan {slug}`."
            )
        record = destroy_key(
            settings, project.number, actor=actor, reason=reason.strip(), clock=clock
        )
        told = {"record": digest(record), "reason": reason.strip()}
        event = log.Event(actor, "project_key.destroy", f"project:{slug}", told)
        log.record(session, event, clock=clock)
    return record
