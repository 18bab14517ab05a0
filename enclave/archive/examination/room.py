"""Have what runs left examined in a sandbox of its own.

Notebooks and the files beside them are written by anybody's code, and pictures, tables
and markup are read by libraries in C. Whoever finds a hole in one of those takes over a
process that has no file but these, no network, no key and no right, and whose answer is
checked like any other input. It could answer that two runs are the same; but so could
the analysis, by printing a constant.
"""

import atexit
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from enclave.archive import work_folder
from enclave.archive.analysis.plan import Plan
from enclave.archive.examination import program
from enclave.archive.examination.answers import LARGEST_ANSWER, Answer, Question
from enclave.archive.examination.belief import believed, perhaps_starved
from enclave.archive.intake import read_file
from enclave.archive.notebook import LARGEST_NOTEBOOK_BYTES
from enclave.errors import HostError
from enclave.sandbox import accounts
from enclave.sandbox.description import (
    GIBIBYTE,
    Account,
    Limits,
    Mount,
    SandboxDescription,
)
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.running import Outcome, never, run, run_forked
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.sandbox.warm_parent import WarmParent


logger = logging.getLogger(__name__)

LIMITS = Limits(
    memory_bytes=4 * GIBIBYTE,
    processes=64,
    cpu_seconds=1_800,
    file_bytes=LARGEST_ANSWER + (1 << 20),  # what is larger can be seen to be
    tmp_bytes=16 << 20,
    wall_seconds=3_600,
)

_SEEN_AS = Path("/project/examined")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_LOADS_WITHIN = 30.0  # seconds


class Examiner:
    """Reads what runs left; each time in a sandbox that is made for it.

    Where the machine can fork into sandboxes, a parent has loaded what reads: without a
    file, a key or a right, as the forks.

    Parameters
    ----------
    limits
        Of each sandbox.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._parent: WarmParent | None = None
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def get_ready(self) -> None:
        """Begin to load what reads, and do not wait for it."""
        account = accounts.for_examinations()
        if account is None:
            return  # only root may enter a sandbox that it has built
        with self._lock:
            if self._owner != os.getpid():
                # A fork of a worker has the other end of nobody's.
                self._parent, self._owner = None, os.getpid()
            if self._parent is not None and not self._parent.alive:
                self._parent.close()
                self._parent = None
            if self._parent is None:
                try:
                    self._parent = WarmParent(recipe(account))
                except (HostError, OSError) as error:  # refused where it is asked
                    logger.warning("what reads could not be loaded (%s)", error)

    def ask(
        self,
        question: Question,
        rerun: Path,
        scratch: Path,
        *,
        archived: Path | None = None,
        stop: Callable[[], bool] = never,
    ) -> Answer:
        """Ask about what one run left, or two.

        Parameters
        ----------
        rerun, archived
            Folders that hold what runs of the question's plan left.
        scratch
            Folder for what is in the making. What a killed process leaves there begins
            with ``.partial-``.
        stop
            Asked again and again whether to end it.

        Raises
        ------
        UnreadableError
            If it cannot be read with the memory and the time there is for it.
        HostError
            If this machine has no sandbox, or something else to read it with.
        StoppedError
            If ``stop`` said so.
        """
        self.get_ready()
        with _desk(scratch) as (desk, file):
            (desk / program.QUESTION).write_text(question.model_dump_json())
            _copy(question.plan, rerun, desk / program.RERUN)
            if archived is not None:
                _copy(question.plan, archived, desk / program.ARCHIVED)
            work_folder.hand_over(desk, accounts.for_examinations())
            room = room_of(desk, file, self._limits)
            return believed(self._run(room, file, stop), file)

    def close(self) -> None:
        """End what has loaded; what it has forked goes on."""
        with self._lock:
            if self._parent is not None and self._owner == os.getpid():
                self._parent.close()
            self._parent = None

    def _run(
        self, room: SandboxDescription, file: int, stop: Callable[[], bool]
    ) -> Outcome:
        outcome = self._once(room, file, stop)
        if perhaps_starved(outcome, room.limits):
            # By what it read, or by a machine that was short of memory: only the first
            # does it twice.
            _empty(file)
            outcome = self._once(room, file, stop)
        return outcome

    def _once(
        self, room: SandboxDescription, file: int, stop: Callable[[], bool]
    ) -> Outcome:
        parent = self._parent
        if parent is not None and parent.ready(seconds=_LOADS_WITHIN):
            told = {"folder": str(_SEEN_AS)}
            try:
                return run_forked(room, parent, told, (file,), stop=stop)
            except HostError as error:
                logger.warning("what reads could not be forked (%s)", error)
                _empty(file)  # a fork that is lost may have answered
        return run(room, stop=stop)


def room_of(desk: Path, file: int, limits: Limits = LIMITS) -> SandboxDescription:
    """Return the sandbox that sees one folder, and writes to one file."""
    command = [sys.executable, "-I", "-m", program.__name__, str(_SEEN_AS), str(file)]
    return SandboxDescription(
        command,
        mounts=(*python_runtime(), Mount(desk.resolve(), _SEEN_AS)),
        environment=_ENVIRONMENT,
        limits=limits,
        account=accounts.for_examinations(),
        pass_fds=(file,),
        die_with_parent=True,
    )


@cache
def examiner() -> Examiner:
    """Return the examiner of this process."""
    made = Examiner()
    atexit.register(made.close)
    return made


@contextmanager
def _desk(scratch: Path) -> Iterator[tuple[Path, int]]:
    """Give a folder that a sandbox may see, and a file that it may write to."""
    with (
        tempfile.TemporaryDirectory(prefix=".partial-", dir=scratch) as place,
        tempfile.TemporaryFile(dir=place) as file,
    ):
        desk = Path(place, "desk")
        desk.mkdir()
        yield desk, file.fileno()


def _empty(file: int) -> None:
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)


def _copy(plan: Plan, source: Path, target: Path) -> None:
    """Copy what runs of a plan left, and nothing else that lies there."""
    for number, _ in enumerate(plan.runs, start=1):
        for step in plan.steps:
            name = plan.executed(number, step)
            content = read_file(source / name, largest=LARGEST_NOTEBOOK_BYTES)
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content)
        files = source / plan.files(number)
        if files.is_dir():
            (target / plan.files(number)).mkdir(parents=True, exist_ok=True)
            work_folder.copy(files, target / plan.files(number))


def recipe(account: Account) -> Recipe:
    """Return what the parent of the forks is made of."""
    return Recipe(
        command=(sys.executable, "-P", "-m", "enclave.archive.examination.forked"),
        account=account,
        mounts=python_runtime(),
        environment=_ENVIRONMENT,
        workdir=Path("/tmp"),  # noqa: S108 - the sandbox's own
        limits=LIMITS,
    )
