"""The nursery: ``python -m enclave_hub.nursery.server``, started by the hub.

It has loaded all that the server of a workspace is made of, and knows no person, no
project and no token: its environment is empty, and it is never told any. For each
workspace it forks a keeper (:mod:`enclave_hub.nursery.keeper`), one ahead of time: to
copy this process takes about as long as to build a sandbox.

It listens on one socket, its standard input, to which nobody but the hub is connected,
and ends with the hub. Workspaces do not end with it.
"""

import gc
import os
import random  # noqa: TID251 - not to draw from it: to have forks draw apart
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import wait as readable
from typing import NoReturn

from enclave.sandbox import control_group, seccomp
from enclave.sandbox.joining import call_itself, leave_at_once, own_end
from enclave_hub.nursery.keeper import DESCRIPTORS, begin, keep
from enclave_hub.nursery.spare import Spare


_NO_HUB = b"no hub"

_A_START = 0.15
"""Seconds that a start takes about, in which no spare is made ready: that would take
the processors that the start needs. Whoever asks meanwhile is not kept waiting."""

# What a Jupyter server loads when it starts, and not before.
_LOADED_LATER = (
    "enclave_kernels.provisioner",  # first: it keeps a slow package from being loaded
    "IPython.display",
    "ipykernel.kernelspec",
    "jupyter_server.services.api.handlers",
    "jupyter_server.services.config.handlers",
    "jupyter_server.services.contents.handlers",
    "jupyter_server.services.events.handlers",
    "jupyter_server.services.kernels.handlers",
    "jupyter_server.services.kernelspecs.handlers",
    "jupyter_server.services.nbconvert.handlers",
    "jupyter_server.services.security.handlers",
    "jupyter_server.services.sessions.handlers",
    "jupyter_server.kernelspecs.handlers",
    "jupyter_core.migrate",
    "jupyterlab.labapp",
    "jinja2.ext",
    "notebook_shim.nbserver",
    "tornado.platform.asyncio",
    "enclave_hub.workspace.server",
)


def main() -> None:
    """Load, then fork one keeper for each message until the hub is gone."""
    # Nobody waits for the keepers: the hub hears of their end by their socket.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in _LOADED_LATER:
        import_module(module)
    seccomp.filters(allow_nested=True)
    control_group.clear(control_group.given())
    gc.collect()
    # Counting references would otherwise copy what the forks can share.
    gc.freeze()
    with own_end() as hub, suppress(ConnectionError):
        hub.send(b"ready")
        while _one_more(hub):
            readable([hub], _A_START)


def _one_more(hub: socket.socket) -> bool:
    """Fork a keeper; return when it has its workspace, or the hub is gone.

    Returns
    -------
    bool
        Whether the hub is there to want another one.
    """
    told, tell = os.pipe()
    if os.fork() == 0:
        os.close(told)
        _keep(hub, tell)
    os.close(tell)
    with os.fdopen(told, "rb") as report:
        return report.read() != _NO_HUB


def _wish(hub: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for the next workspace that is asked for; for none where the hub is gone."""
    with suppress(ConnectionError):
        message, descriptors, _, _ = socket.recv_fds(hub, 16, len(DESCRIPTORS))
        return message, descriptors
    return b"", []


def _keep(hub: socket.socket, tell: int) -> NoReturn:
    code = 70  # EX_SOFTWARE
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed()
        call_itself("spare")
        server = Spare()
        begun = begin()
        message, descriptors = _wish(hub)
        hub.close()
        if not message:
            os.write(tell, _NO_HUB)
        os.close(tell)
        code = keep(server, begun, *descriptors) if message else 0
    except BaseException as error:  # noqa: BLE001 - the last thing this process says
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        leave_at_once(code)


if __name__ == "__main__":
    main()
