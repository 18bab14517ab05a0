"""Documents signed by this installation with Ed25519 (RFC 8032).

A signed document is the document itself with one more key, ``signature``. What is
signed is the canonical form of everything else, so a reader needs nothing but the
document, the public key it trusts, and any Ed25519 implementation.
"""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.x509 import Certificate, CertificateBuilder

from enclave import durable
from enclave.canonical import canonical_json
from enclave.errors import IntegrityError
from enclave.settings import Settings


ALGORITHM = "ed25519"


class Signer:
    """The signing key of the installation."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key

    @classmethod
    def load(cls, settings: Settings) -> "Signer":
        """Read the installation's signing key, making it on first use."""
        path = settings.keys / "signing.pem"
        if not path.exists():
            _create(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise IntegrityError(
                f"{path} is not an Ed25519 key. Restore the installation's signing key."
            )
        return cls(key)

    @property
    def public_key(self) -> str:
        """The public key: 32 bytes as base64."""
        return base64.b64encode(_raw(self._private_key.public_key())).decode()

    @property
    def verifying_key(self) -> Ed25519PublicKey:
        """The public key, to be put into a certificate."""
        return self._private_key.public_key()

    def certify(self, builder: CertificateBuilder) -> Certificate:
        """Issue an X.509 certificate under the installation's key."""
        return builder.sign(self._private_key, algorithm=None)

    def sign(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document with its signature added.

        Raises
        ------
        ValueError
            If the document carries a signature already.
        """
        if "signature" in document:
            raise ValueError("the document is signed already")
        value = self._private_key.sign(canonical_json(document))
        return {
            **document,
            "signature": {
                "algorithm": ALGORITHM,
                "key": key_id(self.public_key),
                "public_key": self.public_key,
                "value": base64.b64encode(value).decode(),
            },
        }


def key_id(public_key: str) -> str:
    """Return the short name of a public key: 16 hex digits of its SHA-256."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]


def verify(
    document: Mapping[str, Any], *, trusted_key: str | None = None
) -> dict[str, Any]:
    """Check a signed document and return what was signed.

    Parameters
    ----------
    document
        The signed document.
    trusted_key
        The public key it must be signed with (base64). Without one, the signature is
        checked against the key the document itself names, which proves that nothing
        was changed since but not who signed.

    Raises
    ------
    IntegrityError
        If the signature is missing, by another key, or does not fit the content.
    """
    signature = document.get("signature")
    content = {key: value for key, value in document.items() if key != "signature"}
    try:
        public_key = str(signature["public_key"])  # type: ignore[index]
        value = base64.b64decode(signature["value"], validate=True)  # type: ignore[index]
        known = signature["algorithm"] == ALGORITHM  # type: ignore[index]
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError("The document carries no readable signature.") from error
    if not known:
        raise IntegrityError("The document is signed by an unknown algorithm.")
    if trusted_key is not None and public_key != trusted_key:
        raise IntegrityError(
            f"The document is signed by key {key_id(public_key)}, not by the trusted"
            f" key {key_id(trusted_key)}."
        )
    try:
        key.verify(value, canonical_json(content))
    except InvalidSignature as error:
        raise IntegrityError(
            "The signature does not fit the content: the document was changed after it"
            " was signed. Ask the issuer for the original."
        ) from error
    return content


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes may come here at once: the first link wins, the other reads it.
    draft = path.with_name(f".{hashlib.sha256(pem).hexdigest()[:12]}.pem")
    durable.write_file(draft, pem, mode=0o400)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
