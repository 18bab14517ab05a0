"""Short claims that this installation signs for itself: who, for what, until when.

A token is ``enclave1.<claim>.<mac>``: the claim as base64url JSON, and the HMAC-SHA256
of all that stands before the last dot. Whoever holds a token can read it, and can
neither change it nor make one.
"""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta

from enclave.canonical import canonical_json
from enclave.clock import Clock, now


PREFIX = "enclave1."


class TokenError(Exception):
    """A token that is not ours, was changed, is for something else, or has expired."""


@dataclass(frozen=True)
class Claim:
    """What a token says.

    Attributes
    ----------
    scope
        What the token is for; it opens nothing else.
    expires
        Seconds since 1970 from which on it opens nothing.
    """

    account: str
    scope: str
    expires: int


class Tokens:
    """Makes and checks tokens under one key of at least 32 bytes."""

    def __init__(self, key: bytes, clock: Clock = now) -> None:
        if len(key) < 32:
            raise ValueError("the key of the tokens is shorter than 32 bytes")
        self._key = key
        self._clock = clock

    def issue(self, account: str, scope: str, lifetime: timedelta) -> str:
        """Return a token for an account."""
        expires = int((self._clock() + lifetime).timestamp())
        claim = {"account": account, "scope": scope, "expires": expires}
        signed = PREFIX + _encode(canonical_json(claim))
        return f"{signed}.{self._mac(signed)}"

    def check(self, token: str, scope: str) -> Claim:
        """Return what a token says.

        Raises
        ------
        TokenError
            If it was not issued here for this scope, or has expired. The message says
            which, and never repeats the token.
        """
        signed, _, mac = token.rpartition(".")
        if not signed.startswith(PREFIX) or not hmac.compare_digest(
            mac.encode(), self._mac(signed).encode()
        ):
            raise TokenError("this token was not issued here, or was changed")
        # Only what we wrote ourselves comes this far.
        claim = Claim(**json.loads(_decode(signed.removeprefix(PREFIX))))
        if claim.scope != scope:
            raise TokenError("this token is for something else")
        if self._clock().timestamp() >= claim.expires:
            raise TokenError("this token has expired")
        return claim

    def _mac(self, signed: str) -> str:
        return _encode(hmac.digest(self._key, signed.encode(), "sha256"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
