"""Runs and kernels that are forked from warm parents instead of started cold.

One parent has loaded papermill; one for each released kernel has loaded its libraries.
Each is one project's, and that project's account from its first moment, without a right
over any other. They belong to one worker and to nobody else: no interactive workspace
is ever forked from them. They have seen no data, and never will: a fork gets its data
with the sandbox that it enters, and that sandbox is built as for a cold start.

What comes out may only *confirm* an archived number: see
:mod:`enclave.archive.rerun_work`.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from enclave.archive.execution_sandbox import (
    DETERMINISTIC,
    HOME,
    JOB_INSIDE,
    WORK,
    kernel_sandbox,
)
from enclave.canonical import file_digest
from enclave.errors import HostError
from enclave.sandbox import seccomp
from enclave.sandbox.description import Account, Limits, Mount, SandboxDescription
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.released_kernels import MARK, Release
from enclave.sandbox.running import Outcome, never, run_forked
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime
from enclave.sandbox.warm_parent import WarmParent
from enclave.settings import Settings


# What analyses load most, in an order in which one brings the others along. What a
# kernel does not have is passed over.
LIBRARIES = (
    "numpy",
    "pandas",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.core.reshape.reshape",
    "scipy.stats",
    "statsmodels.api",
    "statsmodels.formula.api",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "pyarrow.parquet",
    "pyarrow.dataset",
    "sklearn.linear_model",
    "lifelines",
)

_LAUNCHED = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
_LARGEST_REQUEST = 4096

# Of one worker at a time: one of runs takes 75 MiB, one of kernels 250. The one that
# was asked for longest ago ends.
MOST_PARENTS = 6


@dataclass(frozen=True)
class WarmStart:
    """A parent of runs and one of kernels, for one run."""

    runs: WarmParent
    kernels: WarmParent

    def run(
        self,
        description: SandboxDescription,
        *,
        watch: Callable[[str], None] | None = None,
        stop: Callable[[], bool] = never,
    ) -> Outcome:
        """Do what :func:`enclave.sandbox.running.run` does with the command of a run.

        Raises
        ------
        HostError
            Also where a parent is gone.
        """
        told = {"job": str(JOB_INSIDE), "environment": dict(description.environment)}
        with self._door(description) as door:
            return run_forked(
                description, self.runs, told, (door,), watch=watch, stop=stop
            )

    @contextmanager
    def _door(self, description: SandboxDescription) -> Iterator[int]:
        """Open the door on which the run, from inside, asks for its kernel.

        The run names a sandbox of its own and a file in it. What the kernel may do
        there is not for it to say.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inside = SandboxDescription(
            description.command,
            workdir=WORK,
            limits=description.limits,
            account=description.account,
        )
        keeper = threading.Thread(target=self._pass_on, args=(ours, inside))
        keeper.start()
        try:
            with theirs:
                yield theirs.fileno()
        finally:
            keeper.join()

    def _pass_on(self, door: socket.socket, inside: SandboxDescription) -> None:
        outer = seccomp.filters(allow_nested=True)
        with door:
            while True:
                message, given, _, _ = socket.recv_fds(door, _LARGEST_REQUEST, 2)
                try:
                    if not message:
                        return
                    # Refused or lost, its kernel never speaks: the run then says so.
                    # What a run says may be anything, and must not end its keeper.
                    with suppress(Exception):
                        told = {"connection": str(json.loads(message)["connection"])}
                        self.kernels.send(given, inside, told, inherited=outer)
                finally:
                    for descriptor in given:
                        os.close(descriptor)


class WarmStarts:
    """The warm parents of one worker; leaving its ``with`` block ends them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The one that was asked for last comes last.
        self._parents: dict[tuple[Account, str], WarmParent] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of(
        self, release: Release, account: Account | None, *, seconds: float = 0.0
    ) -> WarmStart | None:
        """Return what to fork a run in this kernel from, if that is there.

        What is not there yet is started, and is ready for a later run.

        Parameters
        ----------
        account
            Of the project whose run it is. None where we are not root: then bubblewrap
            gives a parent a user namespace of its own, out of which none is entered.
        seconds
            How long to wait for it.
        """
        if account is None or not _can_be_forked(release):
            return None
        with self._lock:
            wanted = [
                self._parent("", _recipe_of_runs(account)),
                self._parent(
                    release.name, _recipe_of(release, account, self._settings)
                ),
            ]
            if not all(parent.ready(seconds=seconds) for parent in wanted):
                return None
            return WarmStart(*wanted)

    def close(self) -> None:
        """End all parents; runs that were forked from them go on."""
        with self._lock:
            while self._parents:
                self._parents.popitem()[1].close()

    def _parent(self, name: str, recipe: Recipe) -> WarmParent:
        """Return the parent of this name; a new one, if it is gone or out of date."""
        key = recipe.account, name
        there = self._parents.pop(key, None)
        if there is not None and not (there.alive and there.recipe == recipe):
            there.close()
            there = None
        while len(self._parents) >= MOST_PARENTS:
            self._parents.pop(next(iter(self._parents))).close()
        self._parents[key] = there or WarmParent(recipe)
        return self._parents[key]


@contextmanager
def warm_starts(settings: Settings) -> Iterator[WarmStarts | None]:
    """Yield the warm parents of a worker; None where runs are to start cold."""
    if not settings.warm_reruns:
        yield None
        return
    with WarmStarts(settings) as warm:
        yield warm


def _can_be_forked(release: Release) -> bool:
    """Tell whether it is a kernel whose start this module knows how to go on from."""
    asked = release.specification["argv"]
    return bool(
        release.language == "python"
        and not release.locked.debian
        and release.needs is None
        and asked[-len(_LAUNCHED) :] == _LAUNCHED
    )


def _recipe_of(release: Release, account: Account, settings: Settings) -> Recipe:
    prefix = release.prefix(settings)
    specification = release.specification
    program, *flags = specification["argv"][: -len(_LAUNCHED)]
    python = Path(program.replace("@PREFIX@", str(prefix)))
    script, root = _package("enclave_kernels") / "forked_kernel.py", _package("enclave")
    mark = prefix / MARK
    given = kernel_sandbox(Limits(), with_data=False)
    return Recipe(
        command=(str(python), *flags, str(script), str(root.parent), *LIBRARIES),
        account=account,
        mounts=_all_of(
            *environment_runtime(prefix),
            *python_runtime(),
            Mount(None, HOME, writable=True),
            Mount(None, WORK, writable=True),
        ),
        environment=given.seen_by(python, specification.get("env", {})),
        workdir=WORK,
        # What is installed: which lock, when, and by which Python it is run.
        version=f"{file_digest(release.lock)} {mark.stat().st_mtime_ns}"
        f" {python.resolve()} {python.stat().st_mtime_ns}",
    )


def _recipe_of_runs(account: Account) -> Recipe:
    return Recipe(
        command=(sys.executable, "-P", "-m", "enclave_kernels.forked_run"),
        account=account,
        mounts=_all_of(*python_runtime(), Mount(None, HOME, writable=True)),
        environment={**DETERMINISTIC, "HOME": str(HOME), "PATH": "/usr/bin:/bin"},
        workdir=Path("/tmp"),  # noqa: S108 - the sandbox's own
        allow_nested=True,
    )


def _all_of(*mounts: Mount) -> tuple[Mount, ...]:
    return tuple({mount.target: mount for mount in mounts}.values())


def _package(name: str) -> Path:
    specification = find_spec(name)
    if specification is None or specification.origin is None:
        raise HostError(f"The package {name} is not installed.")
    return Path(specification.origin).parent
