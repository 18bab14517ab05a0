"""Take the log elsewhere, and check it there with nothing but the file.

An export is JSON Lines: one entry a line, and on the last line a signed root over all
of them.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave import durable
from enclave.audit import chain, log, roots
from enclave.audit.chain import Verification
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer


def write(
    session: Session, settings: Settings, file: Path, *, clock: Clock = now
) -> Verification:
    """Write the whole log and its root to a file.

    Raises
    ------
    IntegrityError
        If the log does not fit itself or an earlier root.
    """
    found = roots.verify(session, settings)
    root = roots.make(found, Signer.load(settings), clock=clock)
    lines = [canonical_json(document) for document in (*log.entries(session), root)]
    durable.write_file(file, b"\n".join(lines) + b"\n")
    return found


def verify(
    file: Path, *, trusted_key: str | None = None, elsewhere: Iterable[Path] = ()
) -> Verification:
    """Check an exported log.

    Parameters
    ----------
    trusted_key
        The public key (base64) that must have signed it. Without one the file is
        checked against the key it names itself, which shows that it was not changed
        since, not who wrote it.
    elsewhere
        Signed roots that were kept apart from the log.

    Raises
    ------
    InputError
        If the file cannot be read.
    IntegrityError
        If an entry, the end, or a signature does not fit.
    """
    documents = _documents(file)
    entries = documents[:-1]
    root = roots.checked(documents[-1], trusted_key=trusted_key)
    known = [root, *(roots.read(one, trusted_key=trusted_key) for one in elsewhere)]
    found = chain.check(entries, roots.heads(known))
    if found != Verification(root["entries"], root["head"]):
        raise IntegrityError(
            f"The file holds {found.entries} entries and its root speaks of"
            f" {root['entries']}: it is not one export. Export the log again."
        )
    return found


def _documents(file: Path) -> list[dict[str, Any]]:
    try:
        # Not splitlines: a text may hold a Unicode line separator.
        lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        return list(_parsed(lines))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} is not a readable export: give a file that `enclave audit export`"
            " wrote."
        ) from error


def _parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        document = json.loads(line)
        if not isinstance(document, dict):
            raise ValueError("a line that is no entry")  # noqa: TRY004 - bad content
        yield document
