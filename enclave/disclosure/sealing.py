"""Keep answered cohorts so that only the gate can read them.

Sealed with AES-GCM under a key derived from the gate's own. The database, its backup
and whoever reads them see neither who was counted nor, as the length is padded, how
many were.
"""

import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from pyroaring import BitMap

from enclave.disclosure.layout import Cells, Layout
from enclave.errors import IntegrityError


_NONCE_BYTES = 12
_PADDED_TO_BYTES = 4096
_LENGTH = struct.Struct(">I")


class Seal:
    """Seals cohorts and opens them again.

    Parameters
    ----------
    secret
        The gate's key.
    """

    def __init__(self, secret: bytes) -> None:
        key = HKDFExpand(SHA256(), 32, b"count gate: answered cohorts").derive(secret)
        self._cipher = AESGCM(key)

    def close(self, cells: Cells, layout: Layout, question_id: str) -> bytes:
        """Seal the cells of one question."""
        parts = [cells[name].serialize() for name in layout.kept_sets]
        content = b"".join(_LENGTH.pack(len(part)) + part for part in parts)
        content += bytes(-len(content) % _PADDED_TO_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, question_id.encode())

    def open(self, sealed: bytes, layout: Layout, question_id: str) -> Cells:
        """Open what was sealed.

        Raises
        ------
        IntegrityError
            If it was changed, or sealed for another question or under another key.
        """
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            content = self._cipher.decrypt(nonce, content, question_id.encode())
        except InvalidTag:
            raise IntegrityError(
                f"The answered cohort of question {question_id} was changed in the"
                " database. Restore the database and keys/gate.key from one backup."
            ) from None
        cells, start = {}, 0
        for name in layout.kept_sets:
            (length,) = _LENGTH.unpack_from(content, start)
            start += _LENGTH.size
            cells[name] = BitMap.deserialize(content[start : start + length])
            start += length
        return cells
