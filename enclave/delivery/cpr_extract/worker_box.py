"""Where a secret is left for the worker, which alone can open it.

The portal tells a person a pass phrase and keeps none; the worker encrypts under it.
In between it lies in the queue, encrypted to the worker's own age key.
"""

import base64

import pyrage

from enclave import durable
from enclave.errors import HostError
from enclave.lock import exclusive
from enclave.settings import Settings


class WorkerBox:
    """The worker's key pair: everybody may put, only who reads the keys may open."""

    def __init__(self, settings: Settings) -> None:
        self._private = settings.keys / "worker.age"
        self._public = settings.home / "worker.pub"

    def make(self) -> None:
        """Make the key pair, unless there is one."""
        with exclusive(self._private.with_suffix(".lock")):
            if self._private.exists():
                return
            pair = pyrage.x25519.Identity.generate()
            durable.write_file(self._private, str(pair).encode(), mode=0o600)
            durable.write_file(self._public, str(pair.to_public()).encode())

    def put(self, secret: bytes) -> str:
        """Encrypt a secret to the worker.

        Raises
        ------
        HostError
            If no worker has run yet.
        """
        if not self._public.exists():
            raise HostError(
                "No worker has run here yet, so nobody could make it: have one started"
                " with `enclave worker`, then try again."
            )
        recipient = pyrage.x25519.Recipient.from_str(self._public.read_text())
        return base64.b64encode(pyrage.encrypt(secret, [recipient])).decode()

    def open(self, kept: str) -> bytes:
        """Return what was put."""
        pair = pyrage.x25519.Identity.from_str(self._private.read_text())
        secret: bytes = pyrage.decrypt(base64.b64decode(kept), [pair])
        return secret
