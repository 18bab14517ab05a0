"""A hospital to ask about, and the portal on a Unix socket.

hospital
    Settings of an installation with a loaded warehouse of made-up patients, demo
    people, and nobody's budget touched.
portal
    The real portal of that installation, served on a Unix socket.
connect
    Makes clients of it for an account.
client
    A client of it, asking as rikke.
run
    Runs coroutines of one test in one event loop.
"""

import asyncio
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import uvicorn

from enclave.portal import visit
from enclave.portal.app import create_app
from enclave.projects.demo import register_demo_people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse
from enclave_widgets.client import PREFIX, PortalClient


PERSONS = 900


@pytest.fixture(scope="session")
def loaded(tmp_path_factory) -> Path:
    """The folder of a warehouse, loaded once for all tests."""
    folder = tmp_path_factory.mktemp("loaded")
    synthesise(folder / "source", persons=PERSONS, seed=3)
    settings = Settings.at(folder / "home")
    Warehouse(settings).load(str(folder / "source"), Mapping.load("synthetic"))
    return settings.warehouse


@pytest.fixture
def hospital(settings: Settings, database: Database, loaded: Path) -> Settings:
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.warehouse.symlink_to(loaded)
    with database.begin() as session:
        register_demo_people(session)
    return settings


@pytest.fixture
def portal(hospital: Settings, database: Database):
    socket = hospital.runtime / "portal.sock"
    app = create_app(hospital, database, lambda _request: None, PREFIX)
    config = uvicorn.Config(
        app, uds=str(socket), log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the portal did not start"
        time.sleep(0.02)
    yield SimpleNamespace(
        app=app,
        socket=str(socket),
        token=lambda account: visit.issue(hospital, account),
        stop=lambda: _stop(server, thread, str(socket)),
    )
    _stop(server, thread, str(socket))


@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def connect(portal, run):
    opened = []

    def connect(account="rikke", *, kind=PortalClient, **changes):
        fields = {"socket": portal.socket, "token": portal.token(account), **changes}
        opened.append(kind(**fields))
        return opened[-1]

    yield connect
    for one in opened:
        run(one.close())


@pytest.fixture
def client(connect) -> PortalClient:
    return connect()


def _stop(server: uvicorn.Server, thread: threading.Thread, socket: str) -> None:
    if thread.is_alive():
        # asyncio forgets the socket of a connection that it accepted when it was told
        # to end, such as that of a question that nobody waits for any more. Connections
        # are taken in turn: once this one is answered, all before it are.
        door = httpx.HTTPTransport(uds=socket)
        with httpx.Client(transport=door, timeout=60.0) as http:
            http.get("http://portal/")
    server.should_exit = True
    thread.join()
