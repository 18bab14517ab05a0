"""The installation's root key: the one secret that all other keys hang from.

It wraps the project keys and encrypts the ids in the identity vault. Whoever loses it
loses both, so it belongs in the backup, apart from what it opens.

Where it is kept is a setting, ``ENCLAVE_ROOT_KEY_FROM``:

* ``file``: a file of the installation, made on first use.
* ``environment:NAME``: 32 bytes as base64 in a variable, put there by whatever guards
  the installation's secrets.
* ``pkcs11:module=…;token=…;label=…;pin=NAME``: a key in a hardware token, which never
  leaves it (:mod:`enclave.identity.token_root`).
"""

import base64
import binascii
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from enclave import durable
from enclave.errors import HostError, IntegrityError
from enclave.identity.token_root import TokenRoot
from enclave.settings import Settings


LENGTH = 32
_FILE = "root.key"
# Where the next one lies while everything is being closed with it.
_NEXT = "root.next.key"


class RootKey(Protocol):
    """What makes a secret of 32 bytes for each purpose."""

    def secret(self, purpose: str) -> bytes:
        """Return the secret of a purpose, always the same."""


@dataclass(frozen=True)
class HeldRoot:
    """A root key that this process holds: every purpose derives from it itself."""

    key: bytes

    def secret(self, purpose: str) -> bytes:
        """Return the key; whoever asks derives from it for the purpose."""
        del purpose
        return self.key


def roots(settings: Settings) -> list[RootKey]:
    """Return the root keys that may open something: the one in use, then the next.

    There is a next one only while the root key is being changed.

    Raises
    ------
    IntegrityError
        If a key has another length, or if others than its owner may read its file.
    HostError
        If it cannot be reached.
    """
    kind, _, place = settings.root_key_from.partition(":")
    if kind == "environment":
        return [HeldRoot(_from_environment(place))]
    if kind == "pkcs11":
        return [TokenRoot.at(place)]
    if kind != "file":
        raise HostError(
            "ENCLAVE_ROOT_KEY_FROM is neither file, environment:NAME nor pkcs11:…: set"
            " it to one of them."
        )
    found: list[RootKey] = [HeldRoot(root_key(settings))]
    if (settings.keys / _NEXT).exists():
        found.append(HeldRoot(_read(settings.keys / _NEXT)))
    return found


def root_key(settings: Settings) -> bytes:
    """Return the root key that lies in a file (32 bytes), making it on first use.

    Raises
    ------
    IntegrityError
        If the file has another length, or if others than its owner may read it.
    """
    path = settings.keys / _FILE
    if not path.exists():
        _create(settings, path)
    return _read(path)


def next_root(settings: Settings) -> HeldRoot:
    """Return the root key that is to be used next, making it on first use."""
    path = settings.keys / _NEXT
    if not path.exists():
        _create(settings, path)
    return HeldRoot(_read(path))


def use_next(settings: Settings) -> None:
    """Put the next root key in the place of the one in use, which is gone then."""
    (settings.keys / _NEXT).replace(settings.keys / _FILE)
    durable.flush_tree(settings.keys)


def _read(path: Path) -> bytes:
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


def _from_environment(name: str) -> bytes:
    try:
        key = base64.b64decode(os.environ[name], validate=True)
    except KeyError as error:
        raise HostError(
            f"The root key is to be in the variable {name}, which is not set."
        ) from error
    except binascii.Error as error:
        raise IntegrityError(f"The variable {name} does not hold base64.") from error
    if len(key) != LENGTH:
        raise IntegrityError(f"The root key in {name} is not {LENGTH} bytes long.")
    return key


def _create(settings: Settings, path: Path) -> None:
    settings.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes may come here at once: the first link wins, both then read it.
    draft = settings.keys / f".root-{secrets.token_hex(8)}.key"
    durable.write_file(draft, secrets.token_bytes(LENGTH), mode=0o400)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
