"""However an enclave ends, nothing of it is left; what was saved is."""

import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import httpx
import psutil
import pytest

from enclave.settings import Settings
from tests.builders.hub import Enclave, free_port, prepare, wait_for
from tests.builders.hub_person import Person
from tests.conftest import KERNELS


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime:
        settings = Settings.at(
            tmp_path_factory.mktemp("ending"),
            runtime=runtime.lower(),
            kernels=str(KERNELS),
            demo=True,
        )
        prepare(settings)
        yield settings


@contextmanager
def _at_work(enclave):
    """Have somebody at work, who has saved something; yield all processes."""
    person = Person(enclave, "rikke")
    with person.open().kernel() as kernel:
        kernel.run("open('/project/work/saved.txt', 'a').write('x')")
        yield enclave.processes()
    person.http.close()


@pytest.fixture
def enclave_at_work(prepared):
    """An enclave of its own with an open workspace and a running kernel."""
    enclave = Enclave(prepared, free_port())
    enclave.wait_until_open()
    with _at_work(enclave) as processes:
        yield enclave, processes
    if enclave.keeper.poll() is None:
        enclave.stop()


def _gone(processes):
    """Wait until none is left; if one stays, say which."""
    end = time.monotonic() + 90
    while alive := [process for process in processes if _alive(process)]:
        assert time.monotonic() < end, [(p, p.cmdline()) for p in alive]
        time.sleep(0.25)


def _alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


KINDS = (
    "-m enclave_hub.hub",
    "configurable-http-proxy",
    "enclave_hub.portal_service",
    "enclave_hub.dashboard.service",
    "enclave_hub.dashboard.server",
    "enclave_hub.front.service",
    "enclave_hub.nursery.server",
    "keeper",
    "workspace",
    "enclave worker",
    "ipykernel_launcher",
)


def _require_all_kinds(processes):
    shown = " ".join(" ".join([p.name(), *p.cmdline()]) for p in processes)
    assert [kind for kind in KINDS if kind not in shown] == []


def test_told_to_stop_it_ends_in_order(enclave_at_work):
    """By Ctrl-C; whatever uses ``running`` ends with SIGTERM, and looks as well."""
    enclave, processes = enclave_at_work
    _require_all_kinds(processes)
    assert enclave.stop(signal.SIGINT) == 0
    assert "Stopped." in enclave.said
    assert "Traceback" not in enclave.said
    assert not [p for p in processes if _alive(p)]


def test_what_is_killed_takes_everything_below_with_it(enclave_at_work):
    """First the hub, after which there is a new one; then what had started it."""
    enclave, processes = enclave_at_work
    _require_all_kinds(processes)
    hub = next(p for p in processes if "enclave_hub.hub" in p.cmdline())
    hub.kill()
    _gone(processes)
    wait_for(lambda: enclave.keeper.poll() is not None or _answers(enclave))
    assert enclave.keeper.poll() is None, enclave.said
    assert "The hub ended by itself" in enclave.said
    assert str(enclave.places.log("hub")) in enclave.said

    project = enclave.settings.projects / "immune-index"
    saved = project / "shared" / "work" / "saved.txt"
    before = saved.read_text()
    with _at_work(enclave) as processes:
        _require_all_kinds(processes)
        enclave.keeper.kill()
        _gone(processes)
    assert saved.read_text() == before + "x", "what was saved stays"


def _answers(enclave):
    with suppress(httpx.HTTPError):
        return httpx.get(f"{enclave.url}/hub/health").status_code == 200
    return False


def test_a_second_one_on_the_same_installation_is_refused(enclave):
    said = _refused(enclave.settings, free_port())
    assert f"The enclave in {enclave.settings.home} is running already" in said


def test_a_port_that_is_taken_is_refused(enclave, tmp_path):
    said = _refused(Settings.at(tmp_path, demo=True), enclave.port)
    assert f"Port {enclave.port} cannot be used" in said
    assert f"--port {enclave.port + 1}" in said
    assert not list(tmp_path.glob("**/*.db")), "refused before anything is made"


def test_without_demo_or_identity_provider_the_hub_does_not_start(tmp_path):
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime:
        settings = replace(
            Settings.at(tmp_path, runtime=runtime.lower()),
            public_url="https://enclave.example.dk",
            workspaces_url="https://{workspace}.enclave.example.dk",
        )
        said = _refused(settings, free_port())
        log = (tmp_path / "hub" / "logs" / "hub.log").read_text()
    assert "The hub ended while it started" in said
    assert "No identity provider is set up" in log


def _refused(settings: Settings, port: int) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "enclave", "run", "--port", str(port)],
        env=settings.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 6, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr
