"""One server, started in its sandbox and in none, from processes that are alike."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from time import monotonic
from urllib.parse import quote

from enclave.sandbox import accounts
from enclave.settings import Settings
from enclave_hub.listening import unix_listener
from enclave_hub.nursery.client import Nursery
from enclave_hub.places import Places
from enclave_hub.workspace.admission import Project
from enclave_hub.workspace.description import HUB_SOCKET, Opening, describe
from enclave_hub.workspace.sockets import WorkspaceSockets


_PREFIX = "/user/rikke/bench/"
Start = Callable[[], float]


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Start, Start]]:
    """Yield two ways to start a server; each returns the seconds to its answer."""
    settings = Settings.at(folder / "bare", runtime=str(folder / "run").lower())
    Places(settings).prepare()
    nursery = Nursery()
    nursery.wait_until_ready()
    plain = subprocess.Popen(
        [sys.executable, "-I", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={},
    )
    try:
        _line(plain)
        yield (
            lambda: asyncio.run(_closed(nursery, settings)),
            lambda: _plain(plain, settings, folder),
        )
    finally:
        plain.kill()
        plain.wait()
        nursery.close()


async def _closed(nursery: Nursery, settings: Settings) -> float:
    opening = Opening(settings, Project(1, "bench", "Bench"), "rikke")
    sockets = WorkspaceSockets.bind(
        Places(settings).workspace_folder(1), accounts.for_project(1)
    )
    with _a_hub(sockets.relay):
        told = _told_by_a_hub(HUB_SOCKET)
        begin = monotonic()
        server = describe(opening, sockets, told)
        log = Places(settings).log("closed")
        started = await nursery.start(
            server.sandbox, sockets.server, server.environment, log
        )
        await asyncio.to_thread(_answer, sockets.server_path)
        seconds = monotonic() - begin
        await started.stop(patience=0)
    sockets.close()
    return seconds


def _plain(
    parent: "subprocess.Popen[bytes]", settings: Settings, folder: Path
) -> float:
    hub, server = folder / "hub.sock", folder / "server.sock"
    opening = Opening(settings, Project(1, "bench", "Bench"), "rikke")
    sockets = WorkspaceSockets.bind(
        Places(settings).workspace_folder(2), accounts.for_project(1)
    )
    with _a_hub(unix_listener(hub)):
        begin = monotonic()
        environment = dict(describe(opening, sockets, _told_by_a_hub(hub)).environment)
        environment["HOME"] = environment["JUPYTER_RUNTIME_DIR"] = str(folder)
        wish = {"socket": str(server), "environment": environment, "root": str(folder)}
        assert parent.stdin is not None
        parent.stdin.write(json.dumps(wish).encode() + b"\n")
        parent.stdin.flush()
        pid = int(_line(parent))
        _answer(server)
        seconds = monotonic() - begin
        os.kill(pid, 9)
    sockets.close()
    return seconds


def _told_by_a_hub(hub: Path) -> dict[str, str]:
    api = f"http+unix://{quote(str(hub), safe='')}/hub/api"
    scopes = json.dumps(["access:servers!server=rikke/bench"])
    return {
        "JUPYTERHUB_API_TOKEN": "bench",
        "JUPYTERHUB_API_URL": api,
        "JUPYTERHUB_ACTIVITY_URL": f"{api}/users/rikke/activity",
        "JUPYTERHUB_SERVICE_URL": f"http+unix://inherited{_PREFIX}",
        "JUPYTERHUB_SERVICE_PREFIX": _PREFIX,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_USER": "rikke",
        "JUPYTERHUB_SERVER_NAME": "bench",
        "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-rikke-bench",
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_DISABLE_USER_CONFIG": "1",
    }


class _Hub(BaseHTTPRequestHandler):
    """What a server asks of a hub when it starts."""

    def do_GET(self) -> None:
        body = b'{"version": "6.1.1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is not ours

    def address_string(self) -> str:
        return "a server"

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _a_hub(listener: socket.socket) -> Iterator[None]:
    listener.settimeout(None)
    hub = ThreadingUnixStreamServer("", _Hub, bind_and_activate=False)
    hub.socket.close()
    hub.socket = listener
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,))
    thread.start()
    yield
    hub.shutdown()
    thread.join()
    listener.close()


def _answer(server: Path) -> None:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    while True:
        try:
            connection.sock.connect(str(server))
            break
        except OSError:
            continue
    connection.request("GET", f"{_PREFIX}api")
    assert connection.getresponse().status == 200
    connection.close()


def _line(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def _parent() -> None:
    """Be like the nursery, but let what is forked stay where it is."""
    import gc
    from importlib import import_module

    from enclave_hub.nursery import born
    from enclave_hub.nursery import server as nursery
    from enclave_hub.workspace import server

    for module in nursery._LOADED_LATER:
        import_module(module)
    configured = server.server_configuration
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        listener = unix_listener(Path(wish["socket"]))
        if pid := os.fork():
            listener.close()
            print(pid, flush=True)
            continue

        def at_root(kernel: str, home: Path, *, root: str = wish["root"]) -> object:
            c = configured(kernel, home)
            c.ServerApp.root_dir = c.ServerApp.preferred_dir = root
            c.ServerApp.allow_root = True
            return c

        server.server_configuration = at_root
        log = os.open(f"{wish['root']}/plain.log", os.O_CREAT | os.O_WRONLY)
        told, tell = os.pipe()
        os.write(tell, json.dumps(wish["environment"]).encode())
        os.close(tell)
        os._exit(born.serve(listener.fileno(), log, told))


if __name__ == "__main__":
    _parent()
