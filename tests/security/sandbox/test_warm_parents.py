"""A warm parent is one project's account and has no right over any other.

What loads libraries is what a package that does harm would be in. So one is started
that tries, where it would load, what such a package could try. Parents of kernels are
in a sandbox of their own; those of runs, which load our own software only, are not.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait as readable
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from enclave.archive import warm_start
from enclave.archive.warm_start import WarmStarts
from enclave.errors import HostError
from enclave.sandbox.accounts import for_project
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account, Limits
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
from tests.security.sandbox.harmful_package import ATTEMPTS


pytestmark = [pytest.mark.sandbox, needs_root]

OTHER = for_project(999_002)
# Of nobody else, for Linux counts the processes of an account.
OWN = for_project(900_000 + os.getpid() % 90_000)
OWN_RIGHTS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")

# What builds and holds sandboxes is of their project's account. A parent in the
# machine's process namespace can write into that, so it may load our own software only.
OF_OURS = [
    "enter a sandbox of its project",
    "write into what builds its project's",
    "read its project's files",
    "stop its project's process",
    "see a process of outside",
    "become root of a namespace",
    "have a timer wake it",
    "have a file wake it",
    "have an end wake it",
    "have a child's end wake it",
    "have a file wake it, said otherwise",
    "have a folder wake it",
    "have a folder wake it, said otherwise",
    "have an end wake it, said otherwise",
    "list devices, said otherwise",
    "change the network",
    "list devices",
]


@pytest.fixture
def of_another_project() -> Iterator[SandboxProcess]:
    with _standing(OTHER) as sandbox:
        yield sandbox


@pytest.fixture
def of_its_project() -> Iterator[SandboxProcess]:
    with _standing(OWN) as sandbox:
        yield sandbox


@contextmanager
def _standing(account: Account) -> Iterator[SandboxProcess]:
    stands = replace(held_open(a_sandbox(["/usr/bin/true"])), account=account)
    with launch(stands, given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox


# Those of runs build the sandboxes of their kernels.
@pytest.mark.parametrize(
    ("kind", "allow_nested", "granted"),
    [(ClosedParent, False, []), (WarmParent, True, OF_OURS)],
)
def test_a_package_that_does_harm_gets_nowhere(
    of_another_project, of_its_project, kind, allow_nested, granted
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
        told = [OTHER.uid, of_another_project.pid, of_its_project.pid, os.getpid()]
        told = json.dumps([*told, name, address[1]])
        recipe = Recipe(
            (sys.executable, "-I", "-c", ATTEMPTS, told),
            OWN,
            python_runtime(),
            {},
            Path("/tmp"),
            allow_nested=allow_nested,
            limits=Limits(memory_bytes=1 << 30, processes=50),
        )
        said = _said_by(kind, recipe)

    assert said["done"] == granted
    assert said["tried"] > 20
    assert set(said["uid"]) == {OWN.uid}
    _has_no_right(said["status"])
    assert not of_another_project.is_dead()
    assert not of_its_project.is_dead()


def _said_by(kind: type[WarmParent], recipe: Recipe) -> Any:
    class Listened(kind):
        def _load(self) -> None:
            """Leave to the test what it says."""

    with Listened(recipe) as parent:
        assert readable([parent._ours], 60)
        return json.loads(parent._ours.recv(1 << 16))


def test_a_parent_is_its_project_and_has_no_capability(warm):
    assert warm.of(release(DEFAULT), ACCOUNT, seconds=120) is not None
    parents = parents_of(ACCOUNT)
    assert len(parents) >= 2  # another one of kernels for each delivery
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
    lie = replace(theirs, account=ACCOUNT)
    fork = ready.runs.fork(of_another_project.handle, lie, {})
    with pytest.raises(HostError, match="did not let"):
        fork.wait_until_inside()
    with pytest.raises(HostError, match="did not let"):
        ready.kernels.fork(of_another_project.handle, lie, {})


def test_each_project_has_parents_of_its_own_and_few_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_start, "MOST_PARENTS", 4)
    projects = [for_project(999_010 + number) for number in range(3)]
    kernel = release(DEFAULT)
    with WarmStarts(Settings.at(tmp_path / "home", kernels=str(KERNELS))) as warm:
        for account in (*projects[:2], projects[0], projects[2]):
            for _ in range(2):  # once is not enough
                assert warm.of(kernel, account) is None
        # The second was asked for longest ago.
        wait_for(lambda: not parents_of(projects[1]))
        for account in (projects[0], projects[2]):
            wait_for(lambda account=account: len(parents_of(account)) == 2)
    for account in projects:
        wait_for(lambda account=account: not parents_of(account))


def test_what_is_asked_for_once_is_not_loaded(tmp_path, monkeypatch):
    account = for_project(999_020)
    with WarmStarts(Settings.at(tmp_path / "home", kernels=str(KERNELS))) as warm:
        monkeypatch.setattr(warm_start, "_AGAIN_WITHIN", 0.0)
        for _ in range(2):  # long after the first time
            assert warm.of(release(DEFAULT), account) is None
            assert parents_of(account) == []
        monkeypatch.undo()
        assert warm.of(release(DEFAULT), account) is None
        wait_for(lambda: len(parents_of(account)) == 2)


def test_nobody_but_root_has_any(tmp_path):
    with WarmStarts(Settings.at(tmp_path / "home", kernels=str(KERNELS))) as warm:
        assert warm.of(release(DEFAULT), None) is None
