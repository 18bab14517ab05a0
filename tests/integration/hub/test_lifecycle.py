"""Workspaces that end, by themselves or not, leave nothing behind."""

import os
import re
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from enclave.sandbox.description import Limits
from tests.builders.hub import OTHER, PROJECT, wait_for


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


@pytest.fixture(autouse=True)
def nobody_else(rikke, anne):
    """Other tests leave workspaces open, and these look at all there are."""
    for person in (rikke, anne):
        for project in person.servers():
            person.close(project)


def _of(enclave):
    """Return the servers of workspaces and what keeps their sandboxes."""
    return [p for p in enclave.processes() if p.name() in {"workspace", "keeper"}]


def _sockets(enclave):
    return list((enclave.settings.runtime / "workspaces").iterdir())


def test_a_closed_workspace_leaves_no_process_and_no_socket(rikke, enclave):
    workspace = rikke.open()
    with workspace.kernel() as kernel:
        kernel.run(
            "import subprocess\n"
            "subprocess.Popen(['/usr/bin/sleep', '4321'], start_new_session=True)"
        )
        assert _of(enclave)
        rikke.close()
    assert not _of(enclave)
    assert not _sockets(enclave)
    assert not [
        p
        for p in psutil.process_iter()
        if p.name() == "sleep" and p.cmdline()[-1:] == ["4321"]
    ]


def test_a_server_that_was_killed_is_noticed_and_can_be_opened_again(rikke, enclave):
    rikke.open()
    server = next(p for p in _of(enclave) if p.name() == "workspace")
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: not rikke.server(), seconds=120)
    assert not _sockets(enclave)
    assert rikke.open().get("api/status").status_code == 200


def test_a_start_that_fails_leaves_nothing(anne, enclave):
    # Where the home of the person would be made there is a file.
    homes = enclave.settings.projects / OTHER / "homes"
    shutil.rmtree(homes, ignore_errors=True)
    homes.write_text("")
    before, running = len(_sockets(enclave)), _of(enclave)
    answer = anne.hub("POST", f"/users/anne/servers/{OTHER}")
    assert answer.status_code >= 400
    homes.unlink()
    assert len(_sockets(enclave)) == before
    assert set(_of(enclave)) <= set(running)
    assert anne.open(OTHER).run("print('now it works')") == "now it works\n"
    anne.close(OTHER)


def test_progress_is_told_while_it_starts(rikke):
    rikke.hub("DELETE", f"/users/rikke/servers/{PROJECT}")
    wait_for(lambda: not rikke.server())
    page = rikke.http.get(f"/hub/spawn/rikke/{PROJECT}", follow_redirects=False)
    assert page.status_code == 302
    with rikke.http.stream(
        "GET",
        f"/hub/api/users/rikke/servers/{PROJECT}/progress",
        headers=rikke.headers,
    ) as events:
        told = "".join(events.iter_text())
    # It may be quicker than the page that asks.
    assert "Closing off a workspace for" in told or told.count("data:") == 1
    assert '"ready": true' in told


@pytest.mark.parametrize("killed", ["keeper", "workspace"])
def test_whatever_is_killed_of_a_workspace_the_rest_of_it_ends(rikke, enclave, killed):
    with rikke.open().kernel():
        below = next(p for p in _of(enclave) if p.name() == "keeper")
        everything = [below, *below.children(recursive=True)]
        next(p for p in everything if p.name() == killed).kill()
        _, alive = psutil.wait_procs(everything, timeout=30)
    assert not alive
    wait_for(lambda: not rikke.server(), seconds=120)


def test_the_nursery_may_die_and_workspaces_go_on(rikke, anne, enclave):
    workspace = rikke.open()
    with workspace.kernel() as kernel:
        nursery = next(
            p
            for p in enclave.processes()
            if "enclave_hub.nursery.server" in p.cmdline()
            and p.name() not in {"bwrap", "spare"}
        )
        nursery.kill()
        nursery.wait(30)
        assert kernel.run("print('alive')") == "alive\n"
    assert workspace.get("api/status").status_code == 200
    # The next workspace comes from another nursery.
    assert anne.open(OTHER).run("print('new')") == "new\n"
    anne.close(OTHER)
    rikke.close()


def test_a_spare_that_was_killed_is_made_anew(rikke, enclave):
    """What waits to become a workspace may die before it is one."""
    rikke.close()
    # The sandbox that it has begun first: the one ends with the other.
    waiting = [p for p in enclave.processes() if p.name() == "spare"]
    for spare in [*(c for p in waiting for c in p.children()), *waiting]:
        with suppress(psutil.NoSuchProcess):  # the one ends with the other
            spare.kill()
    with rikke.open().kernel() as kernel:
        assert kernel.run("print('alive')") == "alive\n"


def test_a_proxy_that_was_killed_is_started_again(rikke, workspace, enclave):
    with workspace.kernel():
        running = workspace.get("api/kernels").json()
        proxy = next(p for p in enclave.processes() if p.name().startswith("node"))
        proxy.kill()
        proxy.wait(30)

        def answers():
            with suppress(httpx.TransportError):
                return rikke.http.get(f"{workspace.path}/lab").status_code == 200
            return False

        wait_for(answers, seconds=60)
        after = workspace.get("api/kernels").json()
        assert [one["id"] for one in after] == [one["id"] for one in running]


def test_a_server_is_closed_in_as_a_program_started_in_its_sandbox(rikke, enclave):
    """It came in from outside: nothing of outside may have come along."""
    rikke.open()
    server = next(p for p in _of(enclave) if p.name() == "workspace")
    inside = Path(f"/proc/{server.pid}")
    started, outside = _process_beside(server.pid), Path("/proc/self")
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        spaces = [(of / "ns" / kind).readlink() for of in (inside, started, outside)]
        assert spaces[0] == spaces[1] != spaces[2]
    assert _confinement(inside) == _confinement(started)
    # What holds the sandbox open is bounded by nothing, and does nothing.
    bounds = (inside / "limits").read_text()
    for name, most in Limits().by_resource().items():
        said = rf"Max {_AS_LINUX_SAYS[name]} +{most} +{most} "
        assert re.search(said, bounds), bounds
    assert (inside / "environ").read_bytes() == b"PWD=/\0"
    files = [str(file.readlink()) for file in (inside / "fd").iterdir()]
    own = {str(enclave.places.log(f"rikke.{PROJECT}")), "/dev/null"}
    assert [f for f in files if f.startswith("/") and f not in own] == []
    for mapped in (inside / "maps").read_text().splitlines():
        assert "deleted" not in mapped


_AS_LINUX_SAYS = {
    "nproc": "processes",
    "fsize": "file size",
    "data": "data size",
    "core": "core file size",
}


def _process_beside(server: int) -> Path:
    """Return the process that bubblewrap started in the sandbox of a server."""
    space = Path(f"/proc/{server}/ns/pid").readlink()
    for process in psutil.process_iter():
        ours = Path(f"/proc/{process.pid}")
        if process.name() == "cat" and (ours / "ns" / "pid").readlink() == space:
            return ours
    raise AssertionError("nothing holds the sandbox open")


def _confinement(process: Path) -> list[str]:
    wanted = ("Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp", "Umask")
    status = (process / "status").read_text().splitlines()
    return [line for line in status if line.startswith(wanted)]


def test_kernels_are_in_a_namespace_of_their_own(rikke, enclave):
    with rikke.open().kernel() as kernel:
        assert kernel.run("print('alive')") == "alive\n"
        server = next(p for p in _of(enclave) if p.name() == "workspace")
        spaces = {
            Path(f"/proc/{process.pid}/ns/pid").readlink()
            for process in (server, *server.children(recursive=True))
        }
    assert len(spaces) == 2
    assert Path("/proc/self/ns/pid").readlink() not in spaces
