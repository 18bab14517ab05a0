"""Workspaces that end, by themselves or not, leave nothing behind."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.builders.hub import OTHER, PROJECT, wait_for


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


def _of(enclave):
    """Return the processes of workspace servers and their sandboxes."""
    return [
        process
        for process in enclave.processes()
        if "enclave_hub.workspace.server" in process.cmdline()
    ]


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
    server = next(p for p in _of(enclave) if "python" in p.name())
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: not rikke.server(), seconds=120)
    assert not _sockets(enclave)
    assert rikke.open().get("api/status").status_code == 200


def test_a_start_that_fails_leaves_nothing(anne, enclave):
    # Where the home of the person would be made there is a file.
    homes = enclave.settings.projects / OTHER / "homes"
    homes.write_text("")
    before = len(_sockets(enclave))
    answer = anne.hub("POST", f"/users/anne/servers/{OTHER}")
    assert answer.status_code >= 400
    homes.unlink()
    assert len(_sockets(enclave)) == before
    assert not [p for p in _of(enclave) if "another-study" in " ".join(p.cmdline())]
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
    assert "Closing off a workspace for" in told
    assert '"ready": true' in told


def test_kernels_are_in_a_namespace_of_their_own(rikke, enclave):
    with rikke.open().kernel() as kernel:
        assert kernel.run("print('alive')") == "alive\n"
        server = next(p for p in _of(enclave) if "python" in p.name())
        spaces = {
            Path(f"/proc/{process.pid}/ns/pid").readlink()
            for process in (server, *server.children(recursive=True))
        }
    assert len(spaces) == 2
    assert Path("/proc/self/ns/pid").readlink() not in spaces
