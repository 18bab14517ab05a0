"""Change the root key: close everything that it closed with a new one.

Nothing that hangs from it changes: project keys and pseudonyms stay what they are. Each
key file is closed again in one step and the vault in one transaction. Killed at any
moment, everything opens with one of the two keys, and the next call goes on.
"""

from typing import Any

from enclave.clock import Clock, now
from enclave.errors import PolicyRefusal
from enclave.identity.project_keys import ProjectKeys
from enclave.identity.root_key import next_root, roots, use_next
from enclave.identity.vault import Vault
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.signature import Signer


def rotate(
    settings: Settings, *, actor: str, reason: str, clock: Clock = now
) -> dict[str, Any]:
    """Change the root key that lies in a file; return the signed record of it.

    Raises
    ------
    PolicyRefusal
        If the root key is not in a file: then its guardian changes it.
    """
    if settings.root_key_from != "file":
        raise PolicyRefusal(
            "The root key is not in a file of this installation. Move everything to the"
            " new place with `enclave keys move-root`."
        )
    with exclusive(settings.keys / ".rotation.lock"):
        roots(settings)  # the one in use is checked, or made
        new = next_root(settings)
        with ProjectKeys(settings).closed_with(new) as number:
            Vault.of(settings).close_with(new)
            use_next(settings)
    return _record(settings, "root-key-rotation", actor, reason, clock, number)


def move(
    settings: Settings,
    target: Settings,
    *,
    actor: str,
    reason: str,
    clock: Clock = now,
) -> dict[str, Any]:
    """Close everything with the root key of another place, such as a token.

    Parameters
    ----------
    target
        The same installation, with its root key from the new place.
    """
    with exclusive(settings.keys / ".rotation.lock"):
        (new,) = roots(target)
        with ProjectKeys(settings).closed_with(new) as number:
            Vault.of(settings).close_with(new)
    return _record(settings, "root-key-move", actor, reason, clock, number)


def _record(
    settings: Settings, what: str, actor: str, reason: str, clock: Clock, number: int
) -> dict[str, Any]:
    return Signer.load(settings).sign(
        {
            "document": what,
            "project_keys": number,
            "at": clock().isoformat(),
            "actor": actor,
            "reason": reason,
        }
    )
