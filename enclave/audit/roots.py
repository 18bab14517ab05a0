"""Signed roots: what the log was at a moment, so that nobody can shorten it unseen.

A chain alone does not show that its end was cut off, or that somebody wrote all of it
anew. A root says, signed by the installation, how many entries there were and what the
hash of the last one was. Roots are kept beside the log, one file each, and are short
enough to be printed, mailed or published: whoever keeps one elsewhere can later prove
that nothing before it was changed, even against the people who run the enclave.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave import durable, signature
from enclave.audit import log
from enclave.audit.chain import Verification
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer


KIND = "enclave audit root"


def sign(session: Session, settings: Settings, *, clock: Clock = now) -> dict[str, Any]:
    """Check the log, sign what it is now, and keep the root.

    Raises
    ------
    IntegrityError
        If the log does not fit itself or an earlier root: a broken log is never signed.
    """
    found = verify(session, settings)
    file = _folder(settings) / f"{found.entries:012}.json"
    if file.exists():
        return read(file)
    root = make(found, Signer.load(settings), clock=clock)
    durable.write_file(file, canonical_json(root))
    return root


def make(found: Verification, signer: Signer, *, clock: Clock = now) -> dict[str, Any]:
    """Return the signed root of a chain that was checked."""
    return signer.sign(
        {
            "kind": KIND,
            "entries": found.entries,
            "head": found.head,
            "at": clock().isoformat(),
        }
    )


def verify(
    session: Session, settings: Settings, elsewhere: Iterable[Path] = ()
) -> Verification:
    """Check the log against every root kept beside it, and those kept elsewhere.

    Raises
    ------
    IntegrityError
        If an entry, or the end of the log, does not fit.
    """
    trusted = Signer.load(settings).public_key
    files = [*kept(settings), *elsewhere]
    roots = (read(file, trusted_key=trusted) for file in files)
    return log.verify(session, heads(roots))


def kept(settings: Settings) -> list[Path]:
    """Return the files of the roots kept beside the log, the oldest first."""
    return sorted(_folder(settings).glob("[0-9]*.json"))


def read(file: Path, *, trusted_key: str | None = None) -> dict[str, Any]:
    """Read a root and check its signature.

    Raises
    ------
    InputError
        If the file cannot be read.
    IntegrityError
        If it is no root, or its signature does not fit.
    """
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} is not a readable signed root: give a file that `enclave audit"
            " sign` printed or kept."
        ) from error
    return checked(document, trusted_key=trusted_key)


def checked(document: Any, *, trusted_key: str | None = None) -> dict[str, Any]:
    """Return a root, its signature included, once that signature was found to fit.

    Raises
    ------
    IntegrityError
        If it is no root, or its signature does not fit.
    """
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise IntegrityError("This is not a signed root of an audit log.")
    signature.verify(document, trusted_key=trusted_key)
    return document


def heads(roots: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Return which hash each signed number of entries ends with.

    Raises
    ------
    IntegrityError
        If two roots contradict each other.
    """
    found: dict[int, str] = {}
    for root in roots:
        if found.setdefault(root["entries"], root["head"]) != root["head"]:
            raise IntegrityError(
                f"Two signed roots disagree about entry {root['entries']}: one of them"
                " belongs to another log."
            )
    return {number: head for number, head in found.items() if number > 0}


def _folder(settings: Settings) -> Path:
    return settings.home / "audit" / "roots"
