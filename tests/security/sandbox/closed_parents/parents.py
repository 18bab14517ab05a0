"""Parents of kernels that may leave something running, of an account of their own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil

from enclave.sandbox.accounts import for_project
from enclave.sandbox.beneath import SandboxBeneath, mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Mount, SandboxDescription
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.runtime_mounts import python_runtime
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import sandbox_beneath
from tests.security.sandbox.harmful_package import PARENT


# Of nobody else, so that what is left of it can be told from what others left.
ACCOUNT = for_project(800_000 + os.getpid() % 90_000)
LURKING, LURKING_LATER, QUIET = (
    PARENT.replace("LURKS", str(loads)).replace("ASKED", str(asked))
    for loads, asked in ((True, False), (False, True), (False, False))
)
KERNEL = SandboxDescription(["/usr/bin/true"], account=ACCOUNT, reaper=True)
FILES = Mount(Path("/project/run"), Path("/project/run"), writable=True)
WITH_FILES = replace(KERNEL, mounts=(FILES,))


def recipe(program: str) -> Recipe:
    command = (sys.executable, "-P", "-c", program)
    return Recipe(command, ACCOUNT, python_runtime(), {}, Path("/"))


@contextmanager
def forked(parent: ClosedParent, run: SandboxProcess) -> Iterator[SandboxBeneath]:
    assert parent.ready(seconds=60)
    with (
        mount_namespace(run) as files,
        sandbox_beneath(parent, files, KERNEL) as sandbox,
        parent.fork(sandbox.handle, KERNEL, {}),
    ):
        yield sandbox


def nothing_is_left() -> None:
    wait_for(lambda: {each.pid for each in of_account()} <= _of_runs())


def _of_runs() -> set[int]:
    """Return the sandbox of the run of a test, which is of the account as well."""
    ours = psutil.Process().children(recursive=True)
    return {each.pid for each in ours}


def of_account() -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if each.uids().real == ACCOUNT.uid:
                found.append(each)
    return found
