"""The secret key of each project: random, wrapped by the root key, destroyed for good.

The key is random rather than derived from the root key, because a derived key cannot
be destroyed: whoever holds the root can derive it again. It is kept wrapped (AES key
wrap, RFC 3394) under a key that HKDF (RFC 5869) derives from the root for this one
project and epoch, so that a wrapped key put into another project's file does not
unwrap.

Nothing outside :mod:`enclave.identity` may import this module (import-linter contract
``keys-protected``). Everybody else comes in by :mod:`enclave.identity.pseudonyms`.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from enclave import durable
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.errors import IntegrityError, NotFoundError, PolicyRefusal
from enclave.identity.root_key import RootKey, roots
from enclave.identity.vault import Vault
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.signature import Signer


KEY_BYTES = 32
# A running project never changes its key: its pseudonyms would change with it.
EPOCH = 1


@dataclass(frozen=True)
class WrappedKey:
    """A project key as it lies on disk: useless without the root key.

    Attributes
    ----------
    wrapped
        The wrapped key, 40 bytes as base64.
    created
        When it was made, ISO 8601.
    """

    project: int
    epoch: int
    created: str
    wrapped: str

    @property
    def name(self) -> str:
        """What manifests and records call this key; says nothing about it."""
        return f"project-{self.project}-epoch-{self.epoch}"


class ProjectKeys:
    """The project keys of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.keys / "projects"

    def create(self, project: int, *, clock: Clock = now) -> WrappedKey:
        """Make the project's key if it has none; two at once make one.

        Raises
        ------
        PolicyRefusal
            If the project's key was destroyed: its pseudonyms have ended.
        IntegrityError
            If the root key was moved to another place since these settings were made.
        """
        with self._locked():
            self._refuse_destroyed(project)
            if self._file(project).exists():
                return self._read(project)
            root = self._root_in_force()
            key = secrets.token_bytes(KEY_BYTES)
            wrapped = WrappedKey(
                project=project,
                epoch=EPOCH,
                created=clock().isoformat(),
                wrapped=_wrapped(project, EPOCH, key, root),
            )
            durable.write_file(
                self._file(project), canonical_json(asdict(wrapped)), mode=0o600
            )
            return wrapped

    def load(self, project: int) -> bytes:
        """Unwrap the project's key: 32 bytes.

        Raises
        ------
        NotFoundError
            If the project has no key yet.
        PolicyRefusal
            If it was destroyed.
        IntegrityError
            If it was changed, swapped, or wrapped by another root key.
        """
        self._refuse_destroyed(project)
        return _opened(project, self._read(project), roots(self._settings))

    @contextmanager
    def closed_with(self, root: RootKey) -> Iterator[int]:
        """Wrap every project's key with another root key; give how many.

        A key that is wrapped with it already stays as it is. Nobody makes a key until
        the block ends: it would be wrapped with a root key that is about to go.
        """
        with self._locked():
            files = sorted(self._folder.glob("[0-9]*.json"))
            projects = [int(file.stem) for file in files if file.stem.isdecimal()]
            for project in projects:
                stored = self._read(project)
                key = _opened(project, stored, [*roots(self._settings), root])
                wrapped = _wrapped(project, stored.epoch, key, root)
                content = canonical_json(asdict(replace(stored, wrapped=wrapped)))
                durable.write_file(self._file(project), content, mode=0o600)
            yield len(projects)

    def destroy(
        self, project: int, *, actor: str, reason: str, clock: Clock = now
    ) -> dict[str, Any]:
        """Destroy the project's key, and return the signed record of it.

        The record is written first: from then on nobody gets the key any more, and a
        destruction that was interrupted is completed by the next call.

        Raises
        ------
        NotFoundError
            If the project has no key.
        """
        with self._locked():
            record = self._record(project)
            if not record.exists():
                stored = self._read(project)
                document = {
                    "document": "key-destruction",
                    "project": project,
                    "key": stored.name,
                    "wrapped_key_sha256": _sha256(stored.wrapped),
                    "created": stored.created,
                    "destroyed": clock().isoformat(),
                    "actor": actor,
                    "reason": reason,
                }
                signed = Signer.load(self._settings).sign(document)
                durable.write_file(record, canonical_json(signed))
            # Old blocks that survive hold the key only in its wrapped form.
            durable.shred(self._file(project))
            signed_record: dict[str, Any] = json.loads(record.read_bytes())
            return signed_record

    def _root_in_force(self) -> RootKey:
        """Return the root key that a new key is wrapped with: the last one there is."""
        root = roots(self._settings)[-1]
        try:
            # It is closed anew in the same change of the root key as project keys.
            Vault.of(self._settings)
        except IntegrityError as error:
            raise IntegrityError(
                "No project key was made: the root key in use does not open the"
                " identity vault. If it was moved, set ENCLAVE_ROOT_KEY_FROM to where"
                " it is now and start again; else restore it from the backup."
            ) from error
        return root

    def _refuse_destroyed(self, project: int) -> None:
        if self._record(project).exists():
            raise PolicyRefusal(
                f"The key of project {project} was destroyed: its pseudonyms can"
                " neither be made nor resolved again. The signed record is"
                f" {self._record(project)}."
            )

    def _read(self, project: int) -> WrappedKey:
        try:
            content = self._file(project).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(
                f"Project {project} has no key yet: it gets one with its first"
                " delivery."
            ) from error
        try:
            stored = WrappedKey(**json.loads(content))
        except (TypeError, ValueError) as error:
            raise IntegrityError(
                f"The key file of project {project} cannot be read. Restore it from"
                " the backup."
            ) from error
        return stored

    def _file(self, project: int) -> Path:
        return self._folder / f"{project}.json"

    def _record(self, project: int) -> Path:
        return self._folder / f"{project}.destroyed.json"

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive(self._folder / ".lock")


def _opened(project: int, stored: WrappedKey, candidates: Sequence[RootKey]) -> bytes:
    """Unwrap a key for the project that is asked for, whatever its file says."""
    for root in candidates:
        try:
            wrapping = _wrapping_key(project, stored.epoch, root)
            return aes_key_unwrap(wrapping, base64.b64decode(stored.wrapped))
        except (InvalidUnwrap, ValueError):
            continue
    raise IntegrityError(
        f"The key of project {project} does not open with this root key: the root key"
        " or the key file was replaced. Restore both from the backup."
    )


def _wrapping_key(project: int, epoch: int, root: RootKey) -> bytes:
    info = f"enclave/v1/project-key/{project}/{epoch}"
    secret = root.secret("enclave/v1/project-keys")
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info.encode()).derive(secret)


def _wrapped(project: int, epoch: int, key: bytes, root: RootKey) -> str:
    wrapping = _wrapping_key(project, epoch, root)
    return base64.b64encode(aes_key_wrap(wrapping, key)).decode()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
