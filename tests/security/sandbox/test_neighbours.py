"""Sandboxes beside each other, and what the host shows of them."""

import os
from pathlib import Path

import pytest

from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import Mount
from tests.builders.sandbox import ACCOUNT, a_sandbox, owned, run_shell


pytestmark = pytest.mark.sandbox

SECRET = "Eish3aiPhooYae"  # noqa: S105 - nobody's


def test_nothing_secret_can_be_read_on_the_host():
    """Neither of the chain of processes that builds it, nor once it runs."""
    command = ["/bin/sleep", "60"]
    with launch(a_sandbox(command, environment={"TOKEN": SECRET})) as sandbox:
        chain = _ancestors(sandbox.pid)
        assert chain[-1] == sandbox.monitor.pid

        for pid in (sandbox.pid, *chain):
            assert SECRET not in Path(f"/proc/{pid}/cmdline").read_text()
        for pid in chain:
            assert SECRET not in Path(f"/proc/{pid}/environ").read_text()


def test_nothing_of_root_runs_the_command():
    with launch(a_sandbox(["/bin/sleep", "60"])) as sandbox:
        status = Path(f"/proc/{sandbox.pid}/status").read_text()

    uid = ACCOUNT.uid if ACCOUNT else os.getuid()
    assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status
    assert "Groups:\t \n" in status or ACCOUNT is None
    assert "NoNewPrivs:\t1\n" in status


def test_a_sandbox_does_not_see_another_of_the_same_account():
    with launch(a_sandbox(["/bin/sleep", "61"], environment={"TOKEN": SECRET})):
        outcome = run_shell("ps -eo args; cat /proc/*/environ; ls /proc")

    assert "sleep 61" not in outcome.output
    assert SECRET not in outcome.output


def test_shared_memory_is_not_shared():
    attempt = "ipcmk -M 4096 >/dev/null; ipcs -m | grep -c 0x; ls /dev/shm"
    with launch(
        a_sandbox(["/bin/sh", "-c", "ipcmk -M 4096; touch /dev/shm/x; sleep 60"])
    ):
        outcome = run_shell(attempt)

    assert outcome.output.split() == ["1"]


@pytest.mark.parametrize("trick", ["link", "hard link", "dots"])
def test_no_way_leads_from_a_project_to_its_neighbour(trick, tmp_path):
    mine, other = owned(_folder(tmp_path, "proj1")), owned(_folder(tmp_path, "proj10"))
    (other / "secret").write_text(SECRET)
    way = {
        "link": f"ln -s {other}/secret /work/x; cat /work/x",
        "hard link": f"ln {other}/secret /work/x; cat /work/x",
        "dots": "cat /work/../proj10/secret; cat /work0/secret",
    }[trick]

    outcome = run_shell(way, mounts=(Mount(mine, Path("/work"), writable=True),))

    assert SECRET not in outcome.output
    assert "No such file" in outcome.output


def test_a_program_that_becomes_root_elsewhere_does_not_here():
    outcome = run_shell("su -c id root </dev/null; mount -t tmpfs x /tmp; id -u")

    assert outcome.output.splitlines()[-1] == str(
        ACCOUNT.uid if ACCOUNT else os.getuid()
    )


def test_devices_of_the_machine_are_not_there():
    outcome = run_shell("ls /dev; ls /sys; mknod /tmp/disk b 254 0")

    devices = outcome.output.split("ls:")[0].split()
    assert set(devices) <= {
        *("core", "fd", "full", "null", "ptmx", "pts", "random", "shm"),
        *("stderr", "stdin", "stdout", "tty", "urandom", "zero", "console"),
    }
    assert "'/sys'" in outcome.output
    assert "mknod: /tmp/disk: Operation not permitted" in outcome.output


def test_a_sandbox_that_may_nest_still_cannot_leave():
    """A workspace server may build sandboxes, and is none the freer for it."""
    nest = (
        "unshare -Urm sh -c 'umount /proc; mount --bind / /mnt; ls /root /home; id -u';"
        " unshare -Urn sh -c 'ls /sys/class/net; cat /etc/shadow'; nsenter -t 1 -a id"
    )
    outcome = run_shell(nest, allow_nested=True, environment={"TOKEN": SECRET})

    assert "root:" not in outcome.output
    assert "uid=0(root)" not in outcome.output
    assert "umount: /proc: not mounted" in outcome.output or "Invalid" in outcome.output


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def _ancestors(pid: int) -> list[int]:
    """Return the processes above a sandbox's first, up to what was started here."""
    chain = []
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        pid = int(status.split("PPid:\t")[1].split()[0])
        if pid == os.getpid():
            return chain
        chain.append(pid)
