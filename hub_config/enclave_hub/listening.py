"""Sockets that are listened on before the process that answers exists."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from enclave.sandbox.description import Account


def unix_listener(
    path: Path, *, mode: int = 0o600, account: Account | None = None
) -> socket.socket:
    """Listen on a Unix socket, in place of whatever is there.

    Parameters
    ----------
    mode
        Who may connect: those who may write.
    account
        Whose the socket is; None for our own.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(mode)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return _listen(listener)


def loopback_listener(url: str) -> socket.socket:
    """Listen on the host and port of an address such as ``http://127.0.0.1:8101``."""
    address = urlsplit(url)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address.hostname, address.port))
    return _listen(listener)


def inherited_listener(number: int) -> socket.socket:
    """Take over a listening socket that was passed in, for this process alone."""
    listener = socket.socket(fileno=number)
    listener.settimeout(0)
    os.set_inheritable(number, False)  # noqa: FBT003 - takes no keyword
    return listener


def _listen(listener: socket.socket) -> socket.socket:
    listener.listen(128)
    listener.settimeout(0)
    return listener
