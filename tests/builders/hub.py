"""A whole enclave running: prepared small, started as people start it, asked by HTTP.

Everything is real: the command ``enclave run``, JupyterHub, the proxy, the sandboxes,
the kernel. Only the made-up hospital is small.
"""

import atexit
import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psutil
import websocket
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


class Person:
    """Somebody with a browser, who has signed in."""

    def __init__(self, enclave: Enclave, name: str) -> None:
        self.name = name
        self.enclave = enclave
        self.http = httpx.Client(
            base_url=enclave.url, follow_redirects=True, timeout=PATIENCE
        )
        try:
            self.sign_in(enclave.password)
        except BaseException:
            self.http.close()
            raise

    def sign_in(self, password: str) -> httpx.Response:
        self.http.get("/hub/login")
        form = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        return self.http.post("/hub/login", data=form)

    def hub(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Call the hub's API as its own pages do."""
        self.http.get("/hub/home")  # as a page would have: the token may be a new one
        return self.http.request(
            method, f"/hub/api{path}", headers=self.headers, json=body or None
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the hub's own pages send along."""
        return {"X-XSRFToken": self._xsrf(), "Referer": f"{self.enclave.url}/hub/"}

    def open(self, project: str = PROJECT) -> "Workspace":
        """Open a workspace and come in."""
        answer = self.hub("POST", f"/users/{self.name}/servers/{project}")
        assert answer.status_code in {201, 202, 400}, answer.text
        wait_for(lambda: self.server(project).get("ready"))
        return Workspace(self, project)

    def close(self, project: str = PROJECT) -> None:
        self.hub("DELETE", f"/users/{self.name}/servers/{project}")
        wait_for(lambda: not self.server(project))

    def server(self, project: str = PROJECT) -> dict[str, Any]:
        """Return what the hub says of a workspace; empty if it is closed."""
        server: dict[str, Any] = self.servers().get(project, {})
        return server

    def servers(self) -> dict[str, Any]:
        """Return what the hub says of the workspaces that are open, by project."""
        model = self.hub("GET", f"/users/{self.name}").json()
        servers: dict[str, Any] = model.get("servers", {})
        return servers

    def _xsrf(self) -> str:
        return str(self.http.cookies.get("_xsrf", path="/hub/"))


# What a browser sends along for the frame in the shell, and for scripts of that page.
FRAME = {
    "Sec-Fetch-Dest": "iframe",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-site",
    "Accept": "text/html",
}
SCRIPT = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}


class Workspace:
    """JupyterLab of one person in one project, as the page in the browser sees it."""

    def __init__(self, person: Person, project: str) -> None:
        self.person = person
        self.path = f"/user/{person.name}/{project}"
        self.url = f"{person.enclave.workspaces_url}{self.path}"
        shell = person.http.get(f"{self.path}/lab").text
        frame = re.search(r'<iframe[^>]* src="([^"]+)"', shell)
        assert frame, shell
        self.frame = html.unescape(frame[1])
        self.page = person.http.get(self.frame, headers=FRAME)
        assert "jupyter-config-data" in self.page.text, self.page.text

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask as a script of the page in the frame does."""
        headers = {**SCRIPT, **more.pop("headers", {})}
        return self.person.http.request(
            method, f"{self.url}/{path}", headers=headers, **more
        )

    @property
    def cookies(self) -> str:
        """What the browser would send along with a WebSocket."""
        jar = self.person.http.cookies.jar
        kept = {c.name: c.value for c in jar if f"{self.path}/".startswith(c.path)}
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def channel(self, path: str, **headers: str) -> websocket.WebSocket:
        """Open a WebSocket as a script of the page in the frame does."""
        sent = {
            "Origin": self.person.enclave.workspaces_url,
            "Cookie": self.cookies,
            **headers,
        }
        return websocket.create_connection(
            f"{self.url}/{path}".replace("http", "ws", 1),
            header=[f"{name}: {value}" for name, value in sent.items()],
            suppress_origin=True,
            timeout=PATIENCE,
        )

    def run(self, code: str, kernel_name: str = KERNEL) -> str:
        """Run code in a kernel of its own; return what it printed."""
        with self.kernel(kernel_name) as kernel:
            return kernel.run(code)

    @contextmanager
    def kernel(self, name: str = KERNEL) -> Iterator["Kernel"]:
        """Start a kernel and end it."""
        started = self.ask("POST", "api/kernels", json={"name": name, "path": "work"})
        assert started.status_code == 201, started.text
        path = f"api/kernels/{started.json()['id']}"
        channel = self.channel(f"{path}/channels")
        try:
            yield Kernel(channel)
        finally:
            channel.close()
            with suppress(httpx.TransportError):  # the enclave may be gone
                self.ask("DELETE", path)


class Kernel:
    """A kernel, reached over its websocket."""

    def __init__(self, channel: websocket.WebSocket) -> None:
        self._channel = channel

    def run(self, code: str) -> str:
        """Return what code printed, and the name of the error that ended it."""
        return "".join(self._say(code))

    def tried(self, attempt: str) -> str:
        """Return the error of an attempt, or that it went well."""
        lines = "\n".join(f"    {line}" for line in attempt.splitlines())
        return self.run(
            f"try:\n{lines}\nexcept BaseException as error:\n"
            "    print('refused', type(error).__name__, error)\n"
            "else:\n    print('open')"
        )

    def _say(self, code: str) -> Iterator[str]:
        request = _execute_request(code)
        self._channel.send(json.dumps(request))
        while True:
            message = json.loads(self._channel.recv())
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                yield content["text"]
            elif kind == "error":
                yield f"{content['ename']}: {content['evalue']}\n"
            elif content.get("execution_state") == "idle":
                return


def _execute_request(code: str) -> dict[str, Any]:
    return {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": "test",
            "version": "5.3",
            "date": "",
        },
        "parent_header": {},
        "metadata": {},
        "content": {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
        },
        "channel": "shell",
        "buffers": [],
    }


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
