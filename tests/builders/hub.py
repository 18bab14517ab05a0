"""A whole enclave running: prepared small, started as people start it, asked by HTTP.

Everything is real: the command ``enclave run``, JupyterHub, the proxy, the sandboxes,
the kernel. Only the made-up hospital is small.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Frame, Page

from enclave.canonical import digest
from enclave.clock import today
from enclave.cohort.question import Question
from enclave.projects import applications, demo_forms
from enclave.projects.machine import Kind
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse
from enclave_hub import demo
from enclave_hub.places import Places
from enclave_hub.sign_in.demo import demo_password
from tests.conftest import KERNELS


PERSONS = 1_500
PROJECT = "immune-index"
KERNEL = "python-2026.12"
OTHER = "another-study"
SECOND = "second-study"
MARK = "seen-by-anne-alone"

# Workspaces are looked at more often than every 20 seconds, and may hold fewer files,
# so that tests are short.
FILES = 5_000
QUICKLY = f"""
from enclave_hub.workspace.disk import DiskBound

c.WorkspaceSpawner.poll_interval = 2
c.WorkspaceSpawner.disk = DiskBound(files={FILES})
"""

# Eight people may be building on the same two cores.
PATIENCE = 240.0


class Enclave:
    """One running enclave."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.settings = settings
        self.places = Places(settings)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.workspaces_port = free_port()
        self.workspaces_url = f"http://127.0.0.1:{self.workspaces_port}"
        self.output = settings.home / "run.txt"
        with self.output.open("wb") as output:
            self.keeper = subprocess.Popen(
                [
                    *(sys.executable, "-m", "enclave", "run"),
                    *("--port", str(port)),
                    *("--workspaces-port", str(self.workspaces_port)),
                ],
                env={**os.environ, **settings.environment()},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_open(self) -> None:
        """Wait for what ``enclave run`` says when all of it answers."""
        wait_for(lambda: self.keeper.poll() is not None or "Stop:" in self.said)
        assert self.keeper.poll() is None, f"{self.said}\n{self.log}"

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def log(self) -> str:
        """The last that the hub said."""
        log = self.places.log("hub")
        return log.read_text(errors="replace")[-4000:] if log.exists() else ""

    @property
    def password(self) -> str:
        return demo_password(self.places.demo_password)

    def processes(self) -> list[psutil.Process]:
        """Return everything that was started, directly or not."""
        return psutil.Process(self.keeper.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.keeper.send_signal(number)
        return self.keeper.wait(PATIENCE)


@cache
def _prepared() -> Path:
    """Where a demonstration was prepared once; removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="enc-prepared-"))
    atexit.register(shutil.rmtree, home)
    _prepare(Settings.at(home, kernels=str(KERNELS), demo=True))
    return home


def prepare(settings: Settings) -> None:
    """Prepare a demonstration: the first time really, then by copying that one."""
    before = _prepared()
    shutil.copytree(before, settings.home, dirs_exist_ok=True, symlinks=True)
    # A tour knows its source by where it lies.
    tour = settings.home / "demo" / "tour.json"
    source = settings.home / "demo" / "source"
    record = {
        **json.loads(tour.read_text()),
        "source": str(source),
        "source_digest": digest(str(source)),
    }
    tour.write_text(json.dumps(record))
    _prepare(settings)  # and finds that all of it is there


def _prepare(settings: Settings) -> None:
    demo.prepare(settings, lambda _step: None, persons=PERSONS)


@contextmanager
def running(
    home: Path, runtime: Path, kernels: Path, *, port: int | None = None
) -> Iterator[Enclave]:
    """Prepare an enclave and run it."""
    settings = Settings.at(home, runtime=str(runtime), kernels=str(kernels), demo=True)
    prepare(settings)
    another_project(settings)
    another_project(settings, SECOND)
    site_configuration(settings, QUICKLY)
    enclave = Enclave(settings, port or free_port())
    try:
        enclave.wait_until_open()
        yield enclave
    finally:
        ended = enclave.keeper.poll() is not None or enclave.stop() == 0
    assert ended, enclave.said
    assert "Traceback" not in enclave.said


def site_configuration(settings: Settings, text: str) -> None:
    """Change the hub's configuration as a site does, with a file of its own."""
    folder = settings.home / "hub" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tests.py").write_text(text)


def sign_in(page: Page, enclave: Enclave, name: str) -> None:
    """Sign somebody in on a page of a real browser."""
    page.goto(enclave.url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(enclave.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="My projects").wait_for()


def open_lab(page: Page, enclave: Enclave, name: str, project: str = PROJECT) -> Frame:
    """Open a person's JupyterLab as if for the first time: nothing but the launcher."""
    page.goto(f"{enclave.url}/hub/spawn/{name}/{project}")
    page.wait_for_url(f"**/user/{name}/{project}/**")
    page.goto(f"{enclave.url}/user/{name}/{project}/lab?reset")
    page.frame_locator("#workspace").locator(".jp-Launcher").wait_for()
    return page.frames[1]


def another_project(settings: Settings, name: str = OTHER) -> None:
    """Give anne a project with something in it that nobody else may see."""
    anne = {
        "name": "Anne",
        "email": "anne@demo.example",
        "institution": "Rigshospitalet (demo)",
        "role": "leader",
    }
    form = demo_forms.proposal(
        Question(), today=today(), title="Another study", short_name=name, group=[anne]
    )
    database = Database(settings.database_url)
    catalogue = Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        made = applications.create(session, Kind.PROPOSAL, form, "anne")
        applications.submit(session, made.id, "anne", catalogue)
        applications.act(session, made.id, "start_review", "karen")
        applications.act(session, made.id, "approve", "karen")
    database.dispose()
    for folder in (settings.deliveries, settings.projects):
        (folder / name / "0001").mkdir(parents=True)
        (folder / name / "0001" / "note.txt").write_text(MARK)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"nothing within {seconds:.0f} s"
        time.sleep(0.25)
