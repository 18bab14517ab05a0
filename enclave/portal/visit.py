"""Visit tokens: what lets a dashboard's or workspace's kernel ask as one person.

A kernel holds no cookie of its user. Whoever starts it puts a visit token into its
environment, and with that it reaches counts and the catalogue, for that person and that
person's budget, for some hours; never applications, projects or pages.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from enclave.clock import Clock, now
from enclave.errors import IntegrityError
from enclave.portal.tokens import Tokens
from enclave.settings import Settings


SCOPE = "feasibility"
LIFETIME = timedelta(hours=12)
KEY_BYTES = 32


def issue(
    settings: Settings,
    account: str,
    *,
    lifetime: timedelta = LIFETIME,
    clock: Clock = now,
) -> str:
    """Return a visit token for an account."""
    return Tokens(load_key(settings), clock).issue(account, SCOPE, lifetime)


def load_key(settings: Settings) -> bytes:
    """Return the key under which the portal's tokens are made, making it on first use.

    Raises
    ------
    IntegrityError
        If the key file is damaged.
    """
    path = settings.keys / "visit.key"
    if not path.exists():
        _create(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise IntegrityError(
            f"{path} does not hold {KEY_BYTES} bytes. Remove it: a new key is made, and"
            " open dashboards and pages must be reloaded."
        )
    return key


def _create(path: Path) -> None:
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
