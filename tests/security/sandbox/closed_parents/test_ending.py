"""A parent that never loads or hangs is ended, and each ends with its worker."""

import subprocess
import sys
from subprocess import PIPE

import pytest

from enclave.errors import HostError
from enclave.sandbox import closed_parent
from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root, sandbox_beneath
from tests.security.sandbox.closed_parents.parents import (
    ACCOUNT,
    KERNEL,
    of_account,
    recipe,
)


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(120)]


def test_one_that_never_loads_is_ended(monkeypatch):
    monkeypatch.setattr(closed_parent, "_LONGEST_LOAD", 0.5)
    with ClosedParent(recipe("while True: pass")) as parent:
        assert not parent.ready(seconds=50)
        assert not parent.alive


def test_one_that_hangs_costs_a_run_its_fork_alone(run, monkeypatch):
    hangs = "import os, time; os.write(0, b'here'); time.sleep(3600)"
    with ClosedParent(recipe(hangs)) as parent:
        parent._loader.join(60)
        monkeypatch.setattr("enclave.sandbox.warm_parent.PATIENCE", 0.5)
        with (
            mount_namespace(run) as files,
            pytest.raises(HostError, match="did not come into its sandbox"),
            sandbox_beneath(parent, files, KERNEL) as sandbox,
        ):
            parent.fork(sandbox.handle, KERNEL, {})
        wait_for(lambda: not parent.alive)


def test_it_ends_with_whoever_started_it():
    """Even if that is killed, and it would rather not."""
    started = f"""
import time
from pathlib import Path
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.runtime_mounts import python_runtime
stays = "import os, time; os.write(0, b'here'); os.fork(); time.sleep(3600)"
recipe = Recipe(
    ({sys.executable!r}, "-c", stays),
    Account({ACCOUNT.uid}, {ACCOUNT.gid}), python_runtime(), {{}}, Path("/"),
)
parent = ClosedParent(recipe)
parent._loader.join()
print("loaded", flush=True)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", started], stdout=PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"loaded\n"
        worker.kill()
    wait_for(lambda: not of_account())
