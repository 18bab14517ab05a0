"""A kernel forked from a warm parent: as closed as a cold one, and as new."""

import json
import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from enclave.sandbox.accounts import for_project
from enclave.settings import Settings
from tests.builders.forked import needs_root, ready, run
from tests.conftest import KERNELS
from tests.security.sandbox import forked_state as cells


pytestmark = [pytest.mark.sandbox, needs_root]

# Of nobody else, so that whatever it runs on this machine is of these runs.
ACCOUNT = for_project(800_000 + os.getpid() % 90_000)

PROBE = (cells.STATE, cells.CONFINEMENT, cells.DRAW, cells.HELD)

_FILTERS = "Seccomp_filters:"

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
def runs(settings, folder):
    """What is said in a cold kernel, a forked one, and one after all was changed."""
    found = {}
    with ready(settings, ACCOUNT) as warm:
        assert _of_account() != []
        for name, given in {"cold": None, "first": warm, "second": warm}.items():
            place = folder / name
            place.mkdir()
            if name == "second":
                record, outputs = _run(settings, place, warm, cells.CHANGE_ALL)
                assert (record.failure, _text(outputs[1])[:7]) == (None, "changed")
            record, outputs = _run(settings, place, given, *PROBE)
            assert record.completed
            assert record.start == ("forked" if given else "cold")
            found[name] = outputs[1:]
    return found, _of_account()


@pytest.fixture(scope="module")
def probes(runs):
    found, _ = runs
    return {name: _lines(outputs) for name, outputs in found.items()}


def _run(settings, place, warm, *sources):
    return run(settings, place, warm, cells.LOAD, *sources, account=ACCOUNT)


def _lines(outputs: list) -> list:
    return [
        json.loads(line) for output in outputs for line in _text(output).splitlines()
    ]


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
    cold = probes["cold"][1]
    for name in ("first", "second"):
        found = probes[name][1]
        # It has the filters of a cold kernel, and those of its parent above them.
        assert _filters(found) == _filters(cold) + 2
        assert _but_for_filters(found) == _but_for_filters(cold)


def _filters(found: dict) -> int:
    return int(next(line[1] for line in found["status"] if line[0] == _FILTERS))


def _but_for_filters(found: dict) -> dict:
    kept = [line for line in found["status"] if line[0] != _FILTERS]
    return {**found, "status": kept}


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


def test_nothing_of_its_runs_is_left_on_the_machine(runs, settings):
    _, left = runs
    assert left == []
    assert list(settings.home.rglob("*")) == []


def _of_account() -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if each.uids().real == ACCOUNT.uid:
                found.append(each)
    return found
