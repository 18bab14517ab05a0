"""Runs and kernels that are forked from warm parents instead of started cold.

One parent has loaded papermill; one for each released kernel has loaded its libraries.
Each is one project's, and that project's account from its first moment, without a right
over any other. They belong to one worker and to nobody else: no interactive workspace
is ever forked from them. They have seen no data, and never will: a fork gets its data
with the sandbox that it enters, and that sandbox is built as for a cold start.

What comes out may only *confirm* an archived number: see
:mod:`enclave.archive.rerun_work`.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, Self, TypeVar

from enclave.archive import warm_recipes
from enclave.archive.deaths_of_parents import DeathsOfParents
from enclave.archive.execution_sandbox import (
    HOME,
    JOB_INSIDE,
    WORK,
)
from enclave.archive.kernel_door import KernelDoor
from enclave.canonical import file_digest
from enclave.delivery.manifest import MANIFEST
from enclave.sandbox import kernel_places
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account, Mount, SandboxDescription
from enclave.sandbox.fork_trial import why_not
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.released_kernels import Release
from enclave.sandbox.running import Outcome, never, run_forked
from enclave.sandbox.runtime_mounts import environment_runtime
from enclave.sandbox.warm_parent import WarmParent
from enclave.settings import Settings


# Of one worker at a time: one of runs takes 75 MiB, one of kernels 250. The one that
# was asked for longest ago ends.
MOST_PARENTS = 6

# Seconds in which to be asked for again, to be loaded.
_AGAIN_WITHIN = 3600.0


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
        given = KernelSandbox.from_environment(run.environment)
        return SandboxDescription(
            run.command,  # another is built in its place
            mounts=(
                *self.software,
                *given.mounts,
                *kernel_places.of_kernel(),
                Mount(None, HOME, writable=True),
            ),
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
        self._asked: dict[_Key, float] = {}
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

        What is not there is started when it is asked for again, and is ready for a
        later run.

        Parameters
        ----------
        account
            Of the project whose run it is. None where we are not root: then bubblewrap
            gives a parent a user namespace of its own, out of which none is entered.
        data
            What the run sees. No two have their kernels from the same parent: so no
            package could keep of one what it tells the other.
        seconds
            How long to wait for it; then it is started at once.
        """
        if account is None or not warm_recipes.can_be_forked(release) or why_not():
            return None
        key = _Key(account, release.name, _which(data))
        with self._lock:
            if not (self._is_asked_again(key) or seconds):
                return None
            of_runs = warm_recipes.of_runs(account)
            runs = self._parent(_Key(account), WarmParent, of_runs)
            kernels = self._parent(
                key,
                ClosedParent,
                warm_recipes.of_kernels(release, account, self._settings),
                partial(self._deaths.left_behind, account, release.name),
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

    def _is_asked_again(self, key: "_Key") -> bool:
        """Tell whether to load it: most analyses are asked for once, and then no more.

        To load takes two thirds of what a cold run does, and memory as long as it is
        there. By the second time, that it was not there has cost more than that.
        """
        before = monotonic() - _AGAIN_WITHIN
        self._asked = {one: at for one, at in self._asked.items() if at > before}
        again = key in self._asked or key in self._parents
        self._asked[key] = monotonic()
        return again

    def _parent(
        self, key: "_Key", kind: type[_Parent], recipe: Recipe, *told: Any
    ) -> _Parent:
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
            there = self._hand.submit(kind, recipe, *told).result()
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


def _which(data: Path | None) -> str | None:
    """Return what tells data from others: copies of a delivery are the same."""
    if data is None:
        return None
    manifest = data / MANIFEST
    return file_digest(manifest) if manifest.exists() else str(data.resolve())
