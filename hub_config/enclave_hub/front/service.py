"""The front as a service of the hub: ``python -m enclave_hub.front.service``.

It answers on two doors. The hub's proxy brings people to the shell, by a Unix socket.
Browsers bring the frames to a port on loopback, before which a site puts its TLS.
"""

import asyncio
import os
import secrets
import signal
import socket

from aiohttp import web

from enclave.durable import write_file
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.front import frame, shell
from enclave_hub.front.entering import Entrance
from enclave_hub.front.meter import Meter
from enclave_hub.front.openings import Openings
from enclave_hub.front.site import Front
from enclave_hub.listening import loopback_listener, unix_listener
from enclave_hub.places import Places


async def serve(settings: Settings) -> None:
    """Serve until the hub ends us."""
    places, database = Places(settings), Database(settings.database_url)
    entrance = Entrance(os.environ["JUPYTERHUB_API_URL"], _secret(places))
    meter = Meter(database)
    front = Front(settings, database, Openings(places.openings), entrance, meter)
    pages = loopback_listener(f"http://127.0.0.1:{settings.workspaces_port}")
    runners = [
        await _listen(shell.application(front), unix_listener(places.front_socket)),
        await _listen(frame.application(front), pages),
    ]
    writing = asyncio.create_task(meter.keep_writing())
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # JupyterHub tries both
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    writing.cancel()
    for runner in runners:
        await runner.cleanup()
    await front.close()


async def _listen(app: web.Application, listener: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


def _secret(places: Places) -> bytes:
    """Return what sessions are signed under; a front that starts again keeps it."""
    if not places.front_secret.exists():
        write_file(places.front_secret, secrets.token_bytes(32), mode=0o600)
    return places.front_secret.read_bytes()


if __name__ == "__main__":
    asyncio.run(serve(Settings.from_environment(os.environ)))
