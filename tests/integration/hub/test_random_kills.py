"""Whatever is killed, whenever: what was saved is there, and nothing is left over.

``make workspace-kill`` makes twenty kills. Each kind has its own test in the suite, in
``test_ending.py`` and ``test_lifecycle.py``.
"""

import json
import os
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
import websocket

from enclave.settings import Settings
from tests.builders.hub import (
    PROJECT,
    QUICKLY,
    Enclave,
    free_port,
    prepare,
    site_configuration,
    wait_for,
)
from tests.builders.hub_person import Person, Workspace
from tests.conftest import KERNELS


KILLS = int(os.environ.get("ENCLAVE_WORKSPACE_KILLS", "0"))

pytestmark = [
    pytest.mark.hub,
    pytest.mark.sandbox,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not KILLS, reason="takes long: make workspace-kill"),
]

SEED = int(os.environ.get("ENCLAVE_WORKSPACE_SEED", "20261127"))

# How each is known among what runs.
VICTIMS = {
    "hub": lambda p: "enclave_hub.hub" in p.cmdline() and "setpriv" not in p.name(),
    "proxy": lambda p: p.name().startswith("node"),
    "nursery": lambda p: (
        "enclave_hub.nursery.server" in p.cmdline()
        and p.name() not in {"bwrap", "spare", "keeper", "workspace"}
    ),
    "keeper": lambda p: p.name() == "keeper",
    "workspace": lambda p: p.name() == "workspace",
    "kernel": lambda p: "ipykernel_launcher" in p.cmdline() and p.name() != "bwrap",
    "portal": lambda p: "enclave_hub.portal_service" in p.cmdline(),
}


@pytest.fixture(scope="module")
def enclave(tmp_path_factory):
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime:
        home = tmp_path_factory.mktemp("killed")
        settings = Settings.at(
            home, runtime=runtime.lower(), kernels=str(KERNELS), demo=True
        )
        prepare(settings)
        site_configuration(settings, QUICKLY)
        started = Enclave(settings, free_port())
        started.wait_until_open()
        yield started
        started.stop()
        assert _left(started) == []


def test_no_kill_loses_what_was_saved_or_leaves_an_orphan(enclave):
    random = np.random.default_rng(SEED)
    saved: list[str] = []
    killed = []
    for number in range(KILLS):
        victim = str(random.choice(list(VICTIMS)))
        killed.append(victim)
        told = f"seed {SEED}: {killed}"
        with _at_work(enclave, number, saved):
            time.sleep(float(random.uniform(0, 1.5)))
            processes = [p for p in _all_of(enclave) if _is(p, victim)]
            # A nursery that was killed is there again when a workspace is opened.
            assert processes or victim == "nursery", told
            for process in processes[:1]:
                process.kill()
        wait_for(lambda: _answers(enclave))
        assert _contents(enclave) >= set(saved), told
        with suppress(AssertionError):  # the next line says what is left
            wait_for(lambda: _left(enclave) == [], seconds=60)
        assert _left(enclave) == [], told
    assert len(saved) >= KILLS


class _at_work:  # noqa: N801 - read as a phrase
    """Somebody saves: from a kernel, and as the page does, until something breaks."""

    def __init__(self, enclave: Enclave, number: int, saved: list[str]) -> None:
        self._enclave, self._number, self._saved = enclave, number, saved

    def __enter__(self) -> None:
        wait_for(lambda: _answers(self._enclave))
        person = Person(self._enclave, "rikke")
        with closing(person.http):
            workspace = person.open()
            with suppress(*_BROKEN), workspace.kernel() as kernel:
                for count in range(3):
                    name = f"kernel-{self._number}-{count}"
                    code = (
                        f"with open('/project/work/{name}', 'w') as file:\n"
                        f"    file.write('whole')\nprint('saved')"
                    )
                    if kernel.run(code) == "saved\n":
                        self._saved.append(name)
                for count in range(3):
                    name = f"page-{self._number}-{count}"
                    body = {"type": "file", "format": "text", "content": "whole"}
                    answer = workspace.ask(
                        "PUT", f"api/contents/work/{name}", json=body
                    )
                    if answer.status_code == 201:
                        self._saved.append(name)
                kernel.run("import time")
            # One more kernel stays, so that there is one to kill.
            workspace.ask("POST", "api/kernels", json={"name": "python-2026.12"})

    def __exit__(self, *_: object) -> None:
        return None


_BROKEN = (httpx.HTTPError, websocket.WebSocketException, OSError, json.JSONDecodeError)


def _all_of(enclave: Enclave) -> list[psutil.Process]:
    """Return what runs, also what outlives a nursery and hangs below nobody."""
    below = enclave.processes()
    apart = [p for p in psutil.process_iter() if _belongs(p, enclave)]
    keepers = {_keeper_of(process) for process in apart} - {None}
    return list({*below, *apart, *map(psutil.Process, keepers)})


def _is(process: psutil.Process, victim: str) -> bool:
    try:
        return bool(VICTIMS[victim](process))
    except psutil.Error:
        return False


def _answers(enclave: Enclave) -> bool:
    """Return whether somebody can sign in, open a workspace and see the portal."""
    assert enclave.keeper.poll() is None, enclave.said
    try:
        person = Person(enclave, "rikke")
    except (*_BROKEN, AssertionError):
        return False
    with closing(person.http), suppress(*_BROKEN, AssertionError):
        if person.http.get("/services/portal/").status_code != 200:
            return False
        if person.server().get("ready"):
            return Workspace(person, PROJECT).get("api/status").status_code == 200
        person.hub("POST", f"/users/rikke/servers/{PROJECT}")
    return False


def _contents(enclave: Enclave) -> set[str]:
    work = Path(enclave.settings.projects, PROJECT, "shared", "work")
    return {f.name for f in work.iterdir() if f.read_text() == "whole"}


def _left(enclave: Enclave) -> list[str]:
    """Return what belongs to the enclave and hangs on nothing, or nobody uses."""
    alive = enclave.keeper.poll() is None
    ours = {p.pid for p in enclave.processes()} if alive else set()
    found = [
        process
        for process in psutil.process_iter()
        if process.pid not in ours and _belongs(process, enclave)
    ]
    # Workspaces outlive a nursery that was killed: their keepers hold on to the hub by
    # a socket, and there is one workspace here.
    outliving = {_keeper_of(process) for process in found} - {None}
    held = outliving if alive and len(outliving) == 1 else set()
    strays = [
        f"{process.pid} {process.name()}"
        for process in found
        if _keeper_of(process) not in held
    ]
    folders = list((enclave.settings.runtime / "workspaces").iterdir())
    return [*strays, *(str(folder) for folder in folders[1 if alive else 0 :])]


def _keeper_of(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        above = process.parents()
        return next((one.pid for one in above if one.name() == "keeper"), None)
    return None


def _belongs(process: psutil.Process, enclave: Enclave) -> bool:
    """Return whether a process sees this enclave's folders, from a sandbox or not."""
    if process.pid in {os.getpid(), enclave.keeper.pid}:
        return False
    try:
        mounts = Path(f"/proc/{process.pid}/mountinfo").read_text()
        environment = Path(f"/proc/{process.pid}/environ").read_text(errors="replace")
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
    except (OSError, psutil.Error):
        return False
    home = enclave.settings.home
    return f"{home.name}/projects/" in mounts or str(home) in environment
