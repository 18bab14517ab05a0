"""The gate's own key, under which questions get their identity."""

import contextlib
import secrets

from enclave import durable
from enclave.errors import IntegrityError
from enclave.settings import Settings


LENGTH_BYTES = 32


def gate_secret(settings: Settings) -> bytes:
    """Read the gate's key (``keys/gate.key``), making it on first use.

    Question ids are keyed so that a list of ids, in a log or a backup, does not tell
    what was asked to somebody who can guess questions and hash them.

    Raises
    ------
    IntegrityError
        If the file is not a key of 32 bytes. Another key would give every question a
        new id and so a second sample of the noise: restore it, never replace it.
    """
    path = settings.keys / "gate.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{secrets.token_hex(6)}.gate")
        durable.write_file(draft, secrets.token_bytes(LENGTH_BYTES), mode=0o400)
        # Two processes may come here at once: the first link wins, the other reads it.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    key = path.read_bytes()
    if len(key) != LENGTH_BYTES:
        raise IntegrityError(
            f"{path} is not a key of {LENGTH_BYTES} bytes. Restore it from the backup:"
            " a new key would answer old questions a second time."
        )
    return key
