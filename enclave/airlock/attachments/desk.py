"""Attach a file to an application, hand it out again, remove it.

Files change only while the form may: what was decided on stays what it was. The cipher
text is on the disk before its row, and goes after it; what a killed process leaves over
belongs to no row, and is swept (:mod:`enclave.airlock.attachments.sweeping`).
"""

import hashlib
import unicodedata
from dataclasses import dataclass

from sqlalchemy.orm import Session

from enclave.airlock.attachments.inspection import Findings
from enclave.airlock.attachments.kinds import MEDIA_TYPES, FileKind
from enclave.airlock.attachments.locker import Locker
from enclave.airlock.attachments.looking import look_through
from enclave.airlock.disguises import holds_cpr
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError
from enclave.projects import (
    applications,
    attachments,
    guards,
    kinds,
    machine,
    people,
    records,
)
from enclave.projects.case import Case
from enclave.projects.machine import EDITABLE, StateConflict
from enclave.settings import Settings
from enclave.store.attachment_tables import Attachment
from enclave.store.database import Database
from enclave.store.project_tables import Application


MOST_BYTES = 20 << 20
MOST_FILES = 50
MOST_IN_ALL = 100 << 20
_NAME_LENGTH = 120
_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True)
class NewFile:
    """A file as it was sent."""

    name: str
    content: bytes


def attach(
    settings: Settings,
    database: Database,
    number: int,
    sent: NewFile,
    *,
    actor: str,
    clock: Clock = now,
) -> Attachment:
    """Attach a file to a draft or returned application.

    Raises
    ------
    NotFoundError
        If there is no such application that the actor may see.
    PolicyRefusal
        If the actor does not lead it, or it was handed in.
    InputError
        If the file may not be attached; every reason is given.
    """
    name, content = _plain_name(sent.name), sent.content
    with database.begin() as session:
        _changeable(session, number, actor, clock)
    if not 0 < len(content) <= MOST_BYTES:
        raise InputError(
            f"Not attached: a file has 1 byte to {MOST_BYTES >> 20} MB. Scan with fewer"
            " dots, or attach it in parts."
        )
    found = look_through(name, content)
    locker = Locker(settings)
    sha256 = hashlib.sha256(content).hexdigest()
    kept = locker.put(content, _binding(number, sha256))
    try:
        with database.begin() as session:
            application = _changeable(session, number, actor, clock)
            _check_room(session, application, name, len(content))
            made = _row(NewFile(name, content), found, sha256, kept)
            made.application_id = number
            made.added, made.added_by = clock(), actor
            session.add(made)
            _changed(session, application, made, "attach", actor, clock)
            return made
    except BaseException:
        locker.destroy(kept)
        raise


def hand_out(
    settings: Settings,
    database: Database,
    number: int,
    attachment: int,
    *,
    actor: str,
    clock: Clock = now,
) -> tuple[str, str, bytes]:
    """Return name, media type and content, to whoever may read the application.

    Raises
    ------
    NotFoundError
        If there is none that the actor may see, or it was removed.
    IntegrityError
        If the file was changed.
    """
    with database.begin() as session:
        application = applications.get(session, number, actor)
        one = _of(session, number, attachment)
        content = Locker(settings).read(one.file, _binding(number, one.sha256))
        told = {"attachment": str(one.id), "sha256": one.sha256}
        records.record(session, application, actor, "read_attachment", clock, **told)
        return one.name, MEDIA_TYPES[FileKind(one.kind)], content


def remove(
    settings: Settings,
    database: Database,
    number: int,
    attachment: int,
    *,
    actor: str,
    clock: Clock = now,
) -> None:
    """Remove a file from a draft or returned application; its record stays.

    Raises
    ------
    NotFoundError, PolicyRefusal
        As :func:`attach`.
    """
    with database.begin() as session:
        application = _changeable(session, number, actor, clock)
        one = _of(session, number, attachment)
        one.removed, one.removed_by = clock(), actor
        _changed(session, application, one, "remove_attachment", actor, clock)
        file = one.file
    Locker(settings).destroy(file)


def _changeable(session: Session, number: int, actor: str, clock: Clock) -> Application:
    application = records.locked(session, number)
    account = people.get(session, actor)
    records.require_sight(session, application, account)
    guards.check(
        kinds.of(application.kind).whose, Case(session, application, account, "", clock)
    )
    if application.state not in EDITABLE:
        raise StateConflict(
            f"The {records.name(application)} is {machine.spoken(application.state)}:"
            " files are attached or removed while its form can be changed. Withdraw it,"
            " or ask for it to be returned."
        )
    return application


def _check_room(
    session: Session, application: Application, name: str, size: int
) -> None:
    there = attachments.present(session, application)
    if any(one.name.casefold() == name.casefold() for one in there):
        raise InputError(
            f"Not attached: a file called {name!r} is attached already. Remove it"
            " first, or give this one another name."
        )
    if len(there) >= MOST_FILES:
        raise InputError(f"Not attached: {MOST_FILES} files are attached already.")
    if sum(one.size for one in there) + size > MOST_IN_ALL:
        raise InputError(
            f"Not attached: all files together have at most {MOST_IN_ALL >> 20} MB."
        )


def _row(sent: NewFile, found: Findings, sha256: str, kept: str) -> Attachment:
    return Attachment(
        name=sent.name,
        kind=found.kind,
        size=len(sent.content),
        sha256=sha256,
        file=kept,
        remarks="; ".join(found.remarks),
    )


def _changed(
    session: Session,
    application: Application,
    one: Attachment,
    action: str,
    actor: str,
    clock: Clock,
) -> None:
    application.version += 1
    application.changed = clock()
    session.flush()
    told = {"attachment": str(one.id), "kind": one.kind, "sha256": one.sha256}
    records.record(session, application, actor, action, clock, **told)


def _of(session: Session, number: int, attachment: int) -> Attachment:
    one = session.get(Attachment, attachment)
    if one is None or one.application_id != number or one.removed is not None:
        raise NotFoundError(
            f"Application {number} has no attachment {attachment}: look at its page for"
            " those there are."
        )
    return one


def _plain_name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    odd = any(
        letter in _FORBIDDEN or unicodedata.category(letter)[0] == "C"
        for letter in name
    )
    if not name or odd or name.startswith(".") or len(name) > _NAME_LENGTH:
        raise InputError(
            f"Not attached: a file's name has 1 to {_NAME_LENGTH} letters, no hidden"
            ' ones, and none of / \\ : * ? " < > |.'
        )
    if holds_cpr(name)[0]:
        raise InputError(
            "Not attached: the file's name holds what looks like a CPR number. Rename"
            " it."
        )
    return name


def _binding(number: int, sha256: str) -> str:
    return f"attachment:{number}:{sha256}"
