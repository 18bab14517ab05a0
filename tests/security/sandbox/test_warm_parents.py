"""A warm parent is one project's account and has no right over any other.

What loads libraries is what a package that does harm would be in. So one is started
that tries, where it would load, what such a package could try by itself. What it could
do by way of its own project's other processes is not tried, for it is not prevented:
docs/decisions/forks-confirm-re-runs.md says what that is, and why parents are off.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait as readable
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.archive import warm_start
from enclave.archive.warm_start import WarmStarts
from enclave.errors import HostError
from enclave.sandbox.accounts import for_project
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.sandbox.running import held_open
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.sandbox.warm_parent import WarmParent
from enclave.settings import Settings
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import ACCOUNT, needs_root, parents_of
from tests.builders.sandbox import a_sandbox
from tests.conftest import KERNELS


pytestmark = [pytest.mark.sandbox, needs_root]

OTHER = for_project(999_002)
OWN_RIGHTS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")

ATTEMPTS = """
import ctypes, json, os, signal, socket, sys
account, sandbox, server, host_socket, port = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *given):
    if getattr(libc, name)(*given) < 0:
        raise OSError(ctypes.get_errno(), name)

def seen():
    numbers = [each for each in os.listdir("/proc") if each.isdigit()]
    if {os.stat(f"/proc/{each}").st_uid for each in numbers} == {os.getuid()}:
        raise OSError("none but its own account's")

def root_of_a_namespace():  # in a process apart, for whoever is in one is nobody
    child = os.fork()
    if not child:
        os._exit(libc.unshare(0x10000000) < 0)
    if os.waitpid(child, 0)[1]:
        raise OSError("refused")

def on_the_network():
    socket.create_connection(("127.0.0.1", port), timeout=5)

everything = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
tried = {
    "become root": lambda: os.setuid(0),
    "become another project": lambda: os.setresuid(account, account, account),
    "join another project's group": lambda: os.setresgid(account, account, account),
    "join a group beside its own": lambda: os.setgroups([account]),
    "take capabilities": lambda: call("capset", header, everything),
    "enter another project's sandbox": lambda: call(
        "setns", os.pidfd_open(sandbox), 0x10000000 | 0x20000 | 0x20000000),
    "enter the machine's file system": lambda: call(
        "setns", os.pidfd_open(server), 0x20000),
    "read another project's memory": lambda: open(f"/proc/{sandbox}/mem"),
    "read another project's files": lambda: os.listdir(f"/proc/{sandbox}/root"),
    "end another project's process": lambda: os.kill(sandbox, signal.SIGKILL),
    "end the server": lambda: os.kill(server, signal.SIGKILL),
    "list the machine's processes": seen,
    "mount": lambda: call("mount", b"proc", b"/tmp", b"proc", 0, None),
    "become root of a namespace": root_of_a_namespace,
    "trace": lambda: call("ptrace", 16, server, 0, 0),
    "write to the software": lambda: open(os.__file__, "a"),
    "read the machine's passwords": lambda: open("/etc/shadow"),
    "reach the server's socket": lambda: socket.socket(socket.AF_UNIX).connect(
        chr(0) + host_socket),
    "reach the network": on_the_network,
}
done = []
for name, attempt in tried.items():
    try:
        attempt()
    except OSError:
        continue
    done.append(name)
os.write(0, json.dumps({"done": done, "tried": len(tried), "uid": os.getresuid(),
                        "status": open("/proc/self/status").read()}).encode())
"""


@pytest.fixture
def of_another_project() -> Iterator[SandboxProcess]:
    stands = replace(held_open(a_sandbox(["/usr/bin/true"])), account=OTHER)
    with launch(stands, given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox


# Those of runs build the sandboxes of their kernels.
@pytest.mark.parametrize(
    ("allow_nested", "granted"), [(False, []), (True, ["become root of a namespace"])]
)
def test_a_package_that_does_harm_gets_to_no_other_project(
    of_another_project, allow_nested, granted
):
    name = f"enclave-test-{os.getpid()}"
    with (
        socket.socket(socket.AF_UNIX) as listener,
        socket.create_server(("127.0.0.1", 0)) as on_the_network,
    ):
        listener.bind(f"\0{name}")
        listener.listen()
        address = on_the_network.getsockname()
        # Here both can be reached: so it is the parent that cannot.
        socket.create_connection(address).close()
        with socket.socket(socket.AF_UNIX) as here:
            here.connect(f"\0{name}")
        told = json.dumps(
            [OTHER.uid, of_another_project.pid, os.getpid(), name, address[1]]
        )
        recipe = Recipe(
            (sys.executable, "-I", "-c", ATTEMPTS, told),
            ACCOUNT,
            python_runtime(),
            {},
            Path("/tmp"),
            allow_nested=allow_nested,
        )
        with WarmParent(recipe) as parent:
            assert readable([parent._ours], 60)
            said = json.loads(parent._ours.recv(1 << 16))

    assert said["done"] == granted
    assert said["tried"] > 15
    assert set(said["uid"]) == {ACCOUNT.uid}
    _has_no_right(said["status"])
    assert not of_another_project.is_dead()


def test_a_parent_is_its_project_and_has_no_capability(warm):
    del warm
    parents = parents_of(ACCOUNT)
    assert len(parents) == 2
    for parent in parents:
        _has_no_right(Path(f"/proc/{parent.pid}/status").read_text())
        assert set(parent.uids()) == set(parent.gids()) == {ACCOUNT.uid}
        spaces = Path(f"/proc/{parent.pid}/ns")
        for kind in ("mnt", "net", "ipc", "uts", "cgroup"):
            own = Path("/proc/self/ns", kind).readlink()
            assert (spaces / kind).readlink() != own
        assert not Path(f"/proc/{parent.pid}/root/etc/shadow").exists()


def _has_no_right(status: str) -> None:
    said = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {said[name] for name in OWN_RIGHTS} == {"0" * 16}
    assert (said["NoNewPrivs"], said["Seccomp"]) == ("1", "2")
    assert said["Groups"].strip() == ""


def test_no_fork_of_one_project_comes_from_the_parent_of_another(
    warm, of_another_project
):
    ready = warm.of(release(DEFAULT), ACCOUNT, seconds=120)
    theirs = replace(a_sandbox(["/usr/bin/true"]), account=OTHER)
    for parent in (ready.runs, ready.kernels):
        with pytest.raises(ValueError, match="no account but its own"):
            parent.fork(of_another_project.handle, theirs, {})
        # Told a lie, it is Linux that refuses.
        fork = parent.fork(
            of_another_project.handle, replace(theirs, account=ACCOUNT), {}
        )
        with pytest.raises(HostError, match="did not let"):
            fork.wait_until_inside()


def test_each_project_has_parents_of_its_own_and_few_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_start, "MOST_PARENTS", 4)
    projects = [for_project(999_010 + number) for number in range(3)]
    kernel = release(DEFAULT)
    with WarmStarts(Settings.at(tmp_path / "home", kernels=str(KERNELS))) as warm:
        for account in (*projects[:2], projects[0], projects[2]):
            warm.of(kernel, account)
        # The second was asked for longest ago.
        wait_for(lambda: not parents_of(projects[1]))
        for account in (projects[0], projects[2]):
            wait_for(lambda account=account: len(parents_of(account)) == 2)
    for account in projects:
        wait_for(lambda account=account: not parents_of(account))


def test_nobody_but_root_has_any(tmp_path):
    with WarmStarts(Settings.at(tmp_path / "home", kernels=str(KERNELS))) as warm:
        assert warm.of(release(DEFAULT), None) is None
