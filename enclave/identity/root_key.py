"""The installation's root key: the one secret that all other keys hang from.

It wraps the project keys and encrypts the ids in the identity vault. Whoever loses it
loses both, so it belongs in the backup, apart from what it opens.
"""

import secrets
import stat

from enclave import durable
from enclave.errors import IntegrityError
from enclave.settings import Settings


LENGTH = 32


def root_key(settings: Settings) -> bytes:
    """Return the root key (32 bytes), making it on first use.

    Raises
    ------
    IntegrityError
        If the file has another length, or if others than its owner may read it.
    """
    path = settings.keys / "root.key"
    if not path.exists():
        _create(settings)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise IntegrityError(
            f"Others than its owner may read the root key {path}. Find out who did, and"
            f" then take their permission away: chmod 400 {path}."
        )
    key = path.read_bytes()
    if len(key) != LENGTH:
        raise IntegrityError(
            f"The root key {path} is not {LENGTH} bytes long. Restore it from the"
            " backup: a new one cannot open what this one closed."
        )
    return key


def _create(settings: Settings) -> None:
    settings.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes may come here at once: the first link wins, both then read it.
    draft = settings.keys / f".root-{secrets.token_hex(8)}.key"
    durable.write_file(draft, secrets.token_bytes(LENGTH), mode=0o400)
    try:
        (settings.keys / "root.key").hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
