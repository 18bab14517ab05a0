"""A dashboard as a service of the hub: ``python -m enclave_hub.dashboard.service``.

This process is outside: it listens, keeps the relay, and starts Voila in a sandbox.
Voila renders and runs notebooks, which is no work for a process that can see anything.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from enclave.sandbox import accounts
from enclave.settings import Settings
from enclave_hub.closed_process import ClosedProcess
from enclave_hub.dashboard.description import describe
from enclave_hub.dashboard.relay import DashboardRelay
from enclave_hub.listening import loopback_listener, unix_listener
from enclave_hub.places import Places


_PATIENCE = 5.0  # seconds that Voila gets to shut its kernels down


async def serve(places: Places, service: str) -> int:
    """Serve until Voila ends or the hub ends us; return the exit code."""
    listener = loopback_listener(os.environ["JUPYTERHUB_SERVICE_URL"])
    folder = places.dashboard_relay_folder(service)
    relay = DashboardRelay(places.settings, places.hub_socket, service)
    await relay.start(_relay_listener(folder))
    description = describe(places, folder, listener.fileno(), os.environ)
    voila = await ClosedProcess.start(description, places.log(service))
    listener.close()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # JupyterHub tries both
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    ends = [asyncio.create_task(voila.wait()), asyncio.create_task(told_to_stop.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    code = voila.exit_code
    await voila.stop(patience=_PATIENCE)
    await relay.stop()
    return 0 if code is None else code


def _relay_listener(folder: Path) -> socket.socket:
    folder.mkdir(mode=0o700, exist_ok=True)
    account = accounts.for_dashboards()
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return unix_listener(folder / "hub.sock", account=account)


if __name__ == "__main__":
    sys.exit(
        asyncio.run(
            serve(
                Places(Settings.from_environment(os.environ)),
                os.environ["JUPYTERHUB_SERVICE_NAME"],
            )
        )
    )
