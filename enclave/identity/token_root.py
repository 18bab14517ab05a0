"""A root key in a hardware token, or in a key service, by PKCS#11.

The key never leaves the token. The token makes an HMAC of each purpose, and what hangs
from the root key hangs from that.
"""

import importlib
import os
from dataclasses import dataclass
from typing import Any

from enclave.errors import HostError


_WANTED = {"module", "token", "label", "pin"}


@dataclass(frozen=True)
class TokenRoot:
    """A root key in a token.

    Attributes
    ----------
    module
        The token's library, such as ``/usr/lib/softhsm/libsofthsm2.so``.
    pin
        Name of the environment variable with the token's PIN.
    """

    module: str
    token: str
    label: str
    pin: str

    @classmethod
    def at(cls, place: str) -> "TokenRoot":
        """Read ``module=…;token=…;label=…;pin=NAME``.

        Raises
        ------
        HostError
            If a part is missing.
        """
        parts = dict(part.partition("=")[::2] for part in place.split(";"))
        if parts.keys() != _WANTED:
            raise HostError(
                "The place of the root key in a token is"
                " pkcs11:module=…;token=…;label=…;pin=NAME, with each part once."
            )
        return cls(**parts)

    def secret(self, purpose: str) -> bytes:
        """Have the token make the secret of a purpose.

        Raises
        ------
        HostError
            If the token, or the key in it, cannot be reached.
        """
        pkcs11 = _library()
        try:
            with self._session(pkcs11) as session:
                key = session.get_key(
                    object_class=pkcs11.ObjectClass.SECRET_KEY, label=self.label
                )
                made: bytes = key.sign(
                    purpose.encode(), mechanism=pkcs11.Mechanism.SHA256_HMAC
                )
        except (pkcs11.PKCS11Error, KeyError) as error:
            raise HostError(
                f"The root key {self.label} in token {self.token} cannot be used"
                f" ({type(error).__name__}): check that the token is there, and that"
                f" the variable {self.pin} holds its PIN."
            ) from error
        return made

    def create(self) -> None:
        """Make a new key in the token, which will never give it away."""
        pkcs11 = _library()
        with self._session(pkcs11, rw=True) as session:
            session.generate_key(
                pkcs11.KeyType.GENERIC_SECRET,
                256,
                label=self.label,
                store=True,
                capabilities=pkcs11.MechanismFlag.SIGN,
                mechanism=pkcs11.Mechanism.GENERIC_SECRET_KEY_GEN,
                template={
                    pkcs11.Attribute.SENSITIVE: True,
                    pkcs11.Attribute.EXTRACTABLE: False,
                },
            )

    def _session(self, pkcs11: Any, *, rw: bool = False) -> Any:
        token = pkcs11.lib(self.module).get_token(token_label=self.token)
        return token.open(user_pin=os.environ[self.pin], rw=rw)


def _library() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        raise HostError(
            "A root key in a token needs python-pkcs11: install hospital-enclave[hsm]."
        ) from error
