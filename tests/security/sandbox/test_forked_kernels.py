"""A kernel forked from a warm parent: as closed as a cold one, and as new."""

import json
import os
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from enclave.errors import HostError
from enclave.sandbox import accounts
from enclave.sandbox.accounts import for_project
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.sandbox.running import held_open
from enclave.settings import Settings
from tests.builders.forked import needs_root, run
from tests.builders.sandbox import ACCOUNT, a_sandbox
from tests.conftest import KERNELS
from tests.security.sandbox import forked_state as cells


pytestmark = [pytest.mark.sandbox, needs_root]

PROBE = (cells.LOAD, cells.STATE, cells.CONFINEMENT, cells.DRAW, cells.HELD)

# Addresses, process numbers, moments and random names, which no two starts share.
ANYWAY_DIFFERENT = {
    "_ctypes": "_addr",
    "ctypes": "_addr",
    "_pydev_bundle.pydev_log": "_last_log_time",
    "_pydevd_bundle._debug_adapter.pydevd_schema_log": "_pid",
    "debugpy.common.timestamp": "timestamp_zero",
    "joblib._multiprocessing_helpers": "name",
    "logging": "_startTime",
    "psutil": "_last_",
    "scipy.sparse._data": "name",  # the last of a set of functions
    "sys": "argv",
    "threading": "_shutdown_locks",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("forked")


@pytest.fixture(scope="module")
def settings(folder):
    return Settings.at(folder / "home", kernels=str(KERNELS))


@pytest.fixture(scope="module")
def probes(settings, folder, warm):
    """What a cold kernel says, a forked one, and one after a run that changed all."""
    found = {}
    for name, given in {"cold": None, "first": warm, "second": warm}.items():
        place = folder / name
        place.mkdir()
        if name == "second":
            record, outputs = run(settings, place, warm, cells.LOAD, cells.CHANGE_ALL)
            assert (record.failure, _text(outputs[1])[:7]) == (None, "changed")
        record, outputs = run(settings, place, given, *PROBE)
        assert record.completed
        assert record.start == ("forked" if given else "cold")
        found[name] = [
            json.loads(line)
            for output in outputs[1:]
            for line in _text(output).splitlines()
        ]
    return found


def _text(outputs: list) -> str:
    return "".join("".join(each.get("text", [])) for each in outputs)


def test_a_run_that_changes_everything_changes_nothing_for_the_next(probes):
    state = probes["first"][0]
    assert probes["second"][0] == state
    told = json.dumps(state)
    assert [said for said in ("left_behind", "LEFT_BEHIND") if said in told] == []


def test_its_state_is_that_of_a_cold_start(probes):
    cold, forked = probes["cold"][0], probes["first"][0]
    # What holds its sandbox open.
    expected = {**cold, "processes": sorted([*cold["processes"], "cat"])}
    for name, said in expected.items():
        assert (name, forked[name]) == (name, said)


def test_it_is_closed_in_as_a_cold_kernel(probes):
    for name in ("first", "second"):
        assert probes[name][1] == probes["cold"][1]


@pytest.mark.skipif(
    "ENCLAVE_FORK_KINDS" not in os.environ, reason="for make check-forks"
)
def test_its_libraries_hold_what_they_do_after_a_cold_start(probes):
    """Options, counters and caches: some ten thousand in thirteen hundred modules."""
    cold, first, second = (probes[name][4] for name in ("cold", "first", "second"))
    assert len(cold) > 1000
    for held in (first, second):
        for module in cold.keys() & held.keys():
            known = ANYWAY_DIFFERENT.get(module, "nothing")
            other = {
                name: (cold[module].get(name), value)
                for name, value in held[module].items()
                if known not in name and cold[module].get(name) != value
            }
            assert (module, other) == (module, {})


def test_its_namespaces_are_its_own(probes):
    outside = {
        kind: str(Path("/proc/self/ns", kind).readlink()) for kind in probes["cold"][2]
    }
    for kind, own in outside.items():
        assert len({own, *(probes[name][2][kind] for name in probes)}) > 1
        assert own not in {probes[name][2][kind] for name in probes}


def test_two_forks_draw_other_random_numbers(probes):
    first, second = probes["first"][3], probes["second"][3]
    assert [name for name in first if first[name] == second[name]] == []


def test_nothing_of_its_runs_is_left_on_the_machine(probes, settings):
    del probes
    assert list(settings.home.rglob("*")) == []
    assert _processes_of(ACCOUNT) == []


def test_a_parent_has_no_right_but_to_take_an_account(warm):
    del warm
    parents = _processes_of(accounts.for_warm_parents())
    assert len(parents) == 2
    for parent in parents:
        status = Path(f"/proc/{parent.pid}/status").read_text()
        rights = {line for line in status.splitlines() if line.startswith("Cap")}
        assert {line.split()[1] for line in rights} == {f"{1 << 6 | 1 << 7:016x}"}
        assert "NoNewPrivs:\t1" in status
        spaces = Path(f"/proc/{parent.pid}/ns")
        for kind in ("mnt", "net", "ipc", "uts", "cgroup"):
            own = Path("/proc/self/ns", kind).readlink()
            assert (spaces / kind).readlink() != own
        assert not Path(f"/proc/{parent.pid}/root/etc/shadow").exists()


def test_it_takes_nobody_for_the_kernel_of_another_sandbox(warm):
    """A run names the sandbox its kernel enters; it can only name what is its own."""
    with launch(held_open(a_sandbox(["/usr/bin/true"])), given=PIPE, output=PIPE) as it:
        it.wait_until_it_stands()
        other = replace(a_sandbox(["/usr/bin/true"]), account=for_project(999_002))
        fork = warm.of(release(DEFAULT), seconds=60).runs.fork(it.handle, other, {})
        with pytest.raises(HostError, match="did not let"):
            fork.wait()


def _processes_of(account) -> list[psutil.Process]:
    ours = psutil.Process().children(recursive=True)
    return [each for each in ours if each.uids().real == account.uid]
