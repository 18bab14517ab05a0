"""A key of 32 random bytes in a file of its own, made on first use."""

import os
import secrets
from pathlib import Path

from enclave.errors import IntegrityError


KEY_BYTES = 32


def load_or_make(path: Path, remedy: str) -> bytes:
    """Return the key in a file, making it where there is none.

    Parameters
    ----------
    remedy
        What to do if the file is damaged.

    Raises
    ------
    IntegrityError
        If the file is damaged.
    """
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise IntegrityError(f"{path} does not hold {KEY_BYTES} bytes. {remedy}")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{secrets.token_hex(8)}.key")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Two processes may come here at once: the first link wins, the key of the
        # other was never used.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
