"""A warm parent that hangs holds what it was sent; who waits for that goes on."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.errors import HostError
from enclave.sandbox import running, warm_parent
from enclave.sandbox.description import Limits
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.running import StoppedError, run_forked
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.sandbox.warm_parent import WarmParent
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root
from tests.builders.sandbox import ACCOUNT, a_sandbox


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(60)]

# To whoever asks it for a fork, it is a parent that was stopped.
HANGS = Recipe(("/usr/bin/sleep", "3600"), ACCOUNT, (), {}, Path("/"))
GREETS = "import os, time\nos.write(0, b'here')\ntime.sleep(3600)"


@pytest.fixture
def hanging() -> Iterator[WarmParent]:
    with WarmParent(HANGS) as parent:
        try:
            yield parent
        finally:
            parent.kill()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(running, "PATIENCE", 0.5)


def test_a_run_ends_with_its_time(hanging):
    run = a_sandbox(["/bin/true"], limits=Limits(wall_seconds=0.5))

    with pytest.raises(HostError):
        run_forked(run, hanging, {})


def test_a_run_does_not_wait_for_its_time_to_find_out(hanging, monkeypatch):
    monkeypatch.setattr(warm_parent, "PATIENCE", 0.5)
    run = a_sandbox(["/bin/true"], limits=Limits(wall_seconds=3600))

    with pytest.raises(HostError, match="did not come into its sandbox"):
        run_forked(run, hanging, {})
    wait_for(lambda: not hanging.alive)  # and another is started


def test_one_that_hangs_after_it_has_loaded_is_found_out_before_a_run(monkeypatch):
    command = (sys.executable, "-I", "-c", GREETS)
    with WarmParent(Recipe(command, ACCOUNT, python_runtime(), {}, Path("/"))) as once:
        assert once.ready(seconds=50)
        monkeypatch.setattr(warm_parent, "PATIENCE", 0.5)
        assert not once.ready(seconds=50)
        wait_for(lambda: not once.alive)


def test_a_run_ends_when_it_is_cancelled(hanging):
    run = a_sandbox(["/bin/true"], limits=Limits(wall_seconds=3600))

    with pytest.raises(StoppedError):
        run_forked(run, hanging, {}, stop=lambda: True)


def test_who_asks_it_for_too_much_is_told_and_has_it_killed(monkeypatch):
    monkeypatch.setattr(warm_parent, "PATIENCE", 0.5)
    with WarmParent(HANGS) as parent:
        with pytest.raises(HostError, match="Start another"):
            for _ in range(10_000):
                parent.send((), a_sandbox(["/bin/true"]), {})
        wait_for(lambda: not parent.alive)
