"""Save, find and share code lists.

A saved version never changes: whoever corrects a list saves the next one, and questions
that use the earlier one still say what they said. The list of somebody else who does
not share it looks as if it did not exist.
"""

import re
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.cohort.code_lists.entries import as_codes, as_text, from_text
from enclave.cohort.code_lists.version import Draft, Sharing, Version
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.identity import cpr
from enclave.store.code_list_tables import CodeListVersion, SavedCodeList
from enclave.store.project_tables import Account


__all__ = [
    "Draft",
    "Sharing",
    "Version",
    "get",
    "readable",
    "save",
    "share",
    "shared_by",
    "versions",
]

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME_LENGTH = 60
_SYSTEM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,98}[A-Za-z0-9])?")
_NOTE_LENGTH = 2_000


def save(
    session: Session, account: Account, draft: Draft, clock: Clock = now
) -> Version:
    """Save a version: the first of a new list, or the next one of the account's own.

    A version with the same entries as the newest is not saved again.

    Raises
    ------
    InputError
        If the name or the note cannot be used, or the list is of another code system.
    """
    _check(draft)
    # Of two who save at once under one account, the second waits and saves the next.
    session.get(Account, account.name, with_for_update=True)
    saved = _list_for(session, account, draft, clock)
    newest = _newest(session, saved)
    text = as_text(draft.entries)
    if newest is None or newest.entries != text:
        newest = CodeListVersion(
            code_list_id=saved.id,
            version=newest.version + 1 if newest else 1,
            entries=text,
            digest=as_codes(draft.system, draft.entries).content_digest,
            note=draft.note.strip(),
            saved=clock(),
        )
        session.add(newest)
        session.flush()
        _record(
            session,
            account,
            "save",
            saved,
            clock,
            version=newest.version,
            digest=newest.digest,
            entries=len(draft.entries),
        )
    return _as_version(saved, newest)


def get(
    session: Session, account: Account, name: str, version: int | None = None
) -> Version:
    """Return a version that an account may read; by default the newest.

    Parameters
    ----------
    name
        ``owner/name``, or the name alone of one's own list.

    Raises
    ------
    NotFoundError
        If there is none, or the account may not read it; the two look the same.
    """
    saved = _readable(session, account, name)
    wanted = (
        _newest(session, saved)
        if version is None
        else session.get(CodeListVersion, (saved.id, version))
    )
    if wanted is None:
        raise NotFoundError(
            f"{saved.owner}/{saved.name} has no version {version}: look at its"
            " versions with `enclave code-list show`."
        )
    return _as_version(saved, wanted)


def versions(session: Session, account: Account, name: str) -> list[Version]:
    """Return all versions of a list that an account may read, the newest first.

    Raises
    ------
    NotFoundError
        As :func:`get`.
    """
    saved = _readable(session, account, name)
    rows = (
        select(CodeListVersion)
        .where(CodeListVersion.code_list_id == saved.id)
        .order_by(CodeListVersion.version.desc())
    )
    return [_as_version(saved, one) for one in session.scalars(rows)]


def readable(session: Session, account: Account) -> list[Version]:
    """Return the newest version of every list an account may read, by name."""
    newest = (
        select(func.max(CodeListVersion.version))
        .where(CodeListVersion.code_list_id == SavedCodeList.id)
        .correlate(SavedCodeList)
        .scalar_subquery()
    )
    rows = (
        select(SavedCodeList, CodeListVersion)
        .join(CodeListVersion, CodeListVersion.code_list_id == SavedCodeList.id)
        .where(_may_read(account), CodeListVersion.version == newest)
        .order_by(SavedCodeList.name, SavedCodeList.owner)
    )
    return [_as_version(saved, one) for saved, one in session.execute(rows)]


def shared_by(session: Session, role: str, systems: Collection[str]) -> list[Version]:
    """Return the newest version of what owners of a role share with everybody."""
    rows = session.execute(
        select(SavedCodeList, Account)
        .join(Account, Account.name == SavedCodeList.owner)
        .where(
            SavedCodeList.system.in_(systems),
            SavedCodeList.shared == Sharing.EVERYBODY.value,
        )
    )
    found = [(one, _newest(session, one)) for one, owner in rows if role in owner.roles]
    return [_as_version(one, newest) for one, newest in found if newest]


def share(
    session: Session, account: Account, name: str, shared: str, clock: Clock = now
) -> None:
    """Let others read a list, or no longer. Questions that use it are not touched.

    Raises
    ------
    InputError
        If there is no such way to share.
    PolicyRefusal
        If the list is somebody else's.
    NotFoundError
        As :func:`get`.
    """
    if shared not in {*Sharing}:
        raise InputError(
            f"A code list cannot be shared that way: choose {', '.join(Sharing)}."
        )
    saved = _readable(session, account, name)
    if saved.owner != account.name:
        raise PolicyRefusal(
            f"{saved.owner}/{saved.name} belongs to {saved.owner}, who alone shares"
            " it: ask them, or save the codes as a list of your own."
        )
    if saved.shared != shared:
        saved.shared = shared
        session.flush()
        _record(session, account, "share", saved, clock, shared=shared)


def _check(draft: Draft) -> None:
    if not _NAME.fullmatch(draft.name) or len(draft.name) > _NAME_LENGTH:
        raise InputError(
            f"This cannot be the name of a code list: use 1 to {_NAME_LENGTH}"
            " lower-case letters, digits and single hyphens, a letter first, such as"
            " type-2-diabetes."
        )
    if not _SYSTEM.fullmatch(draft.system):
        raise InputError("Name the code system of the list, such as SKS, ATC or NPU.")
    if len(draft.note) > _NOTE_LENGTH:
        raise InputError(
            f"The note is longer than {_NOTE_LENGTH:,} characters: shorten it."
        )
    if not draft.note.replace("\n", "").isprintable():
        raise InputError("The note holds characters that cannot be seen: remove them.")
    if any(cpr.find(draft.note)):
        raise InputError(
            "The note holds what looks like a CPR number: remove it, code lists name"
            " no patients."
        )


def _may_read(account: Account) -> ColumnElement[bool]:
    colleagues = select(Account.name).where(Account.institution == account.institution)
    return or_(
        SavedCodeList.owner == account.name,
        SavedCodeList.shared == Sharing.EVERYBODY.value,
        (SavedCodeList.shared == Sharing.INSTITUTION.value)
        & SavedCodeList.owner.in_(colleagues),
    )


def _readable(session: Session, account: Account, full_name: str) -> SavedCodeList:
    owner, _, name = full_name.rpartition("/")
    found = session.scalar(
        select(SavedCodeList).where(
            SavedCodeList.owner == (owner or account.name),
            SavedCodeList.name == name,
            _may_read(account),
        )
    )
    if found is None:
        raise NotFoundError(
            "There is no code list of that name that you may read: see yours and those"
            " shared with you with `enclave code-list list`."
        )
    return found


def _list_for(
    session: Session, account: Account, draft: Draft, clock: Clock
) -> SavedCodeList:
    """Return the account's list of that name, a new one if it has none."""
    saved = session.scalar(
        select(SavedCodeList).where(
            SavedCodeList.owner == account.name, SavedCodeList.name == draft.name
        )
    )
    if saved is None:
        saved = SavedCodeList(
            owner=account.name,
            name=draft.name,
            system=draft.system,
            shared=Sharing.PRIVATE.value,
            created=clock(),
        )
        session.add(saved)
        session.flush()
    if saved.system != draft.system:
        raise InputError(
            f"{account.name}/{draft.name} is a list of {saved.system} codes: give"
            f" {draft.system} codes a list of their own."
        )
    return saved


def _newest(session: Session, saved: SavedCodeList) -> CodeListVersion | None:
    return session.scalar(
        select(CodeListVersion)
        .where(CodeListVersion.code_list_id == saved.id)
        .order_by(CodeListVersion.version.desc())
        .limit(1)
    )


def _as_version(saved: SavedCodeList, one: CodeListVersion) -> Version:
    return Version(
        full_name=f"{saved.owner}/{saved.name}",
        owner=saved.owner,
        system=saved.system,
        shared=Sharing(saved.shared),
        version=one.version,
        entries=from_text(one.entries),
        digest=one.digest,
        note=one.note,
        saved=one.saved,
    )


def _record(
    session: Session,
    account: Account,
    action: str,
    saved: SavedCodeList,
    clock: Clock,
    **details: object,
) -> None:
    subject = f"code_list:{saved.owner}/{saved.name}"
    event = log.Event(account.name, f"code_list.{action}", subject, details)
    log.record(session, event, clock=clock)
