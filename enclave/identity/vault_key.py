"""The key that the ids in the identity vault are encrypted under."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


_PROOF = b"this key opens this vault"


class VaultKey:
    """AES-SIV under a key derived from a secret.

    Parameters
    ----------
    secret
        32 secret bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(
            HKDFExpand(SHA256(), 64, b"identity vault").derive(secret)
        )

    def seal(self, kind: str, each: str) -> bytes:
        """Encrypt an id of a kind: the same one always to the same."""
        return self._cipher.encrypt(each.encode(), [kind.encode()])

    def open(self, kind: str, sealed: bytes) -> str:
        """Decrypt an id of a kind."""
        return self._cipher.decrypt(sealed, [kind.encode()]).decode()

    def proof(self) -> bytes:
        """Return what lies in a vault to prove the key that it is closed with."""
        return self._cipher.encrypt(_PROOF, None)

    def proves(self, proof: bytes) -> bool:
        """Say whether a proof was made with this key."""
        try:
            self._cipher.decrypt(proof, None)
        except InvalidTag:
            return False
        return True
