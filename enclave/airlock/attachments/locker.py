"""Where attached files lie: each encrypted, under a name that says nothing."""

import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enclave import durable
from enclave.errors import IntegrityError
from enclave.key_file import load_or_make
from enclave.settings import Settings


_NONCE = 12


class Locker:
    """The folder of attached files: AES-256-GCM, bound to what each belongs to."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.attachments
        self._key_file = settings.keys / "attachments.key"

    def put(self, content: bytes, belongs_to: str) -> str:
        """Keep a file; return the name under which it lies."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key()).encrypt(nonce, content, belongs_to.encode())
        name = secrets.token_hex(16)
        durable.write_file(self.folder / name, nonce + sealed, mode=0o600)
        return name

    def read(self, name: str, belongs_to: str) -> bytes:
        """Return a file as it came.

        Raises
        ------
        IntegrityError
            If it is gone, was changed, or belongs to something else.
        """
        try:
            kept = (self.folder / name).read_bytes()
            return AESGCM(self._key()).decrypt(
                kept[:_NONCE], kept[_NONCE:], belongs_to.encode()
            )
        except (FileNotFoundError, InvalidTag, ValueError):
            raise IntegrityError(
                "The attached file is not the one that was kept: tell a data manager,"
                " who restores it from the backup together with its key."
            ) from None

    def destroy(self, name: str) -> None:
        """Overwrite and remove a file, if it is there."""
        durable.shred(self.folder / name)

    def names(self) -> list[Path]:
        """Return every file that lies here."""
        return [*self.folder.glob("[0-9a-f]*")]

    def left_lying(self) -> list[Path]:
        """Return every file, also those that are not whole."""
        return [*self.names(), *self.folder.glob(".partial-*")]

    def _key(self) -> bytes:
        if not self._key_file.exists() and self.names():
            raise IntegrityError(
                f"{self._key_file} is gone, and files were encrypted under it: restore"
                " it from the backup."
            )
        return load_or_make(self._key_file, "Restore it from the backup.")
