"""Runs and kernels that are forked from warm parents instead of started cold.

One parent has loaded papermill; one for each released kernel has loaded its libraries.
Each is one project's, and that project's account from its first moment, without a right
over any other. They belong to one worker and to nobody else: no interactive workspace
is ever forked from them. They have seen no data, and never will: a fork gets its data
with the sandbox that it enters, and that sandbox is built as for a cold start.

What comes out may only *confirm* an archived number: see
:mod:`enclave.archive.rerun_work`.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from enclave.archive.deaths_of_parents import DeathsOfParents
from enclave.archive.execution_sandbox import (
    DETERMINISTIC,
    HOME,
    JOB_INSIDE,
    WORK,
    kernel_sandbox,
)
from enclave.archive.kernel_door import KernelDoor
from enclave.canonical import file_digest
from enclave.delivery.manifest import MANIFEST
from enclave.errors import HostError
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account, Limits, Mount, SandboxDescription
from enclave.sandbox.fork_trial import why_not
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

# Of one worker at a time: one of runs takes 75 MiB, one of kernels 250. The one that
# was asked for longest ago ends.
MOST_PARENTS = 6


@dataclass(frozen=True)
class WarmStart:
    """A parent of runs and one of kernels, for one run.

    Attributes
    ----------
    software
        What a kernel sees that does not come from its run.
    """

    runs: WarmParent
    kernels: ClosedParent
    software: tuple[Mount, ...] = ()

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
        door = KernelDoor(self.kernels, self._kernel(description))
        with door.open() as end:
            return run_forked(
                description,
                self.runs,
                told,
                (end,),
                watch=watch,
                stop=stop,
                stands=door.stands,
            )

    def _kernel(self, run: SandboxDescription) -> SandboxDescription:
        return SandboxDescription(
            run.command,  # another is built in its place
            mounts=(*self.software, Mount(None, HOME, writable=True)),
            workdir=WORK,
            limits=run.limits,
            account=run.account,
            reaper=True,
        )


class _Key(NamedTuple):
    """Whose a parent is, and what for."""

    account: Account
    kernel: str | None = None
    data: str | None = None


_Parent = TypeVar("_Parent", bound=WarmParent)


class WarmStarts:
    """The warm parents of one worker; leaving its ``with`` block ends them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The one that was asked for last comes last.
        self._parents: dict[_Key, WarmParent] = {}
        self._deaths = DeathsOfParents(settings)
        self._lock = threading.Lock()
        # Parents of kernels end with the thread that starts them.
        self._hand = ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of(
        self,
        release: Release,
        account: Account | None,
        data: Path | None = None,
        *,
        seconds: float = 0.0,
    ) -> WarmStart | None:
        """Return what to fork a run in this kernel from, if that is there.

        What is not there yet is started, and is ready for a later run.

        Parameters
        ----------
        account
            Of the project whose run it is. None where we are not root: then bubblewrap
            gives a parent a user namespace of its own, out of which none is entered.
        data
            What the run sees. No two have their kernels from the same parent: so no
            package could keep of one what it tells the other.
        seconds
            How long to wait for it.
        """
        if account is None or not _can_be_forked(release) or why_not():
            return None
        with self._lock:
            runs = self._parent(_Key(account), WarmParent, _recipe_of_runs(account))
            kernels = self._parent(
                _Key(account, release.name, _which(data)),
                ClosedParent,
                _recipe_of(release, account, self._settings),
            )
            if not all(each.ready(seconds=seconds) for each in (runs, kernels)):
                return None
            software = environment_runtime(release.prefix(self._settings))
            return WarmStart(runs, kernels, software)

    def close(self) -> None:
        """End all parents; runs that were forked from them go on."""
        with self._lock:
            while self._parents:
                self._parents.popitem()[1].close()
            self._hand.shutdown()

    def _parent(self, key: "_Key", kind: type[_Parent], recipe: Recipe) -> _Parent:
        """Return the parent for this; a new one, if it is gone or out of date."""
        there = self._parents.pop(key, None)
        if there is not None and not there.alive:
            self._deaths.one_more(key.account, key.kernel or "papermill")
        if there is not None and not (there.alive and there.recipe == recipe):
            there.close()
            there = None
        while len(self._parents) >= MOST_PARENTS:
            self._parents.pop(next(iter(self._parents))).close()
        if not isinstance(there, kind):
            there = self._hand.submit(kind, recipe).result()
        self._parents[key] = there
        return there


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


def _which(data: Path | None) -> str | None:
    """Return what tells data from others: copies of a delivery are the same."""
    if data is None:
        return None
    manifest = data / MANIFEST
    return file_digest(manifest) if manifest.exists() else str(data.resolve())


def _all_of(*mounts: Mount) -> tuple[Mount, ...]:
    return tuple({mount.target: mount for mount in mounts}.values())


def _package(name: str) -> Path:
    specification = find_spec(name)
    if specification is None or specification.origin is None:
        raise HostError(f"The package {name} is not installed.")
    return Path(specification.origin).parent
