"""One run of an analysis in the sandbox, read back with due suspicion.

What comes out of the sandbox was written where the user's code ran. It is taken only if
it is a regular file of bounded size, is a notebook, and holds the very cells that were
given. The steps of an analysis are run one after the other, each in a kernel of its own
from an empty home; what one leaves in the work folder, the next one finds there.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import monotonic

from enclave import durable
from enclave.archive import work_folder
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.plan import Step
from enclave.archive.execution import Progress, execute
from enclave.archive.intake import read_file
from enclave.archive.notebook import LARGEST_NOTEBOOK_BYTES, Cell, Notebook, parse
from enclave.archive.run_times import RunTimes, StepTimes
from enclave.archive.warm_start import WarmStarts
from enclave.canonical import file_digest
from enclave.clock import Clock, now
from enclave.errors import IntegrityError
from enclave.sandbox.accounts import for_project
from enclave.sandbox.description import Limits
from enclave.sandbox.running import never
from enclave.settings import Settings


# Long enough for an honest analysis with all its steps and runs, and an end for one
# that has none.
LIMITS = Limits(wall_seconds=6 * 3600)

EXECUTED = "executed.ipynb"
_INJECTED = "injected-parameters"


Watch = Callable[[Progress], None]


Stop = Callable[[], bool]


def unwatched(_: Progress) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Task:
    """What is to be run: an analysis, on data, under a project's account.

    With ``warm``, runs and kernels are forked from that where they can be, and have
    ``seconds_forked`` then; without, they start cold.
    """

    analysis: Analysis
    data: Path
    project: int
    limits: Limits = LIMITS
    warm: WarmStarts | None = None
    seconds_forked: float | None = None


def run(  # noqa: PLR0913 - what is run where, and who is told
    settings: Settings,
    task: Task,
    scratch: Path,
    *,
    into: Path,
    clock: Clock = now,
    watch: Watch = unwatched,
    stop: Stop = never,
) -> RunTimes:
    """Run an analysis once in the sandbox; its steps share the time of its limits.

    Parameters
    ----------
    scratch
        Folder for what is in the making. What a killed process leaves there begins with
        ``.partial-``.
    into
        Folder that gets the executed copies and the files that the analysis wrote, by
        the names of the plan, if it ended cleanly.
    watch, stop
        Told of each cell, counted over all steps; asked whether to end.

    Raises
    ------
    HostError, StoppedError
        If this machine cannot run sandboxes, or it was stopped.
    IntegrityError
        If what came out is not the executed form of what was put in.
    """
    plan, began = task.analysis.plan, clock()
    counted = _Counting(task.analysis, watch)
    step_of = partial(_Step, settings, task, clock, counted, stop, monotonic())
    done: list[StepTimes] = []
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=scratch) as temporary:
        results = Path(temporary) / "results"
        for number, parameters in enumerate(plan.runs, start=1):
            work = Path(temporary) / f"work-{number}"
            _lay_out(task.analysis, work)
            for step in plan.steps:
                one = step_of(step, number, parameters)
                times = one.run(work, Path(temporary), results)
                done.append(times)
                if not times.record.completed:
                    return _times(task, began, done)
                counted.next()
            _keep_files(task.analysis, work, results / plan.files(number))
        _copy_tree(results, into)
    return _times(task, began, done)


@dataclass
class _Counting:
    """Tells of the cells of all steps as of one long notebook."""

    analysis: Analysis
    watch: Watch
    before: int = 0
    of: int = 0

    def __call__(self, progress: Progress) -> None:
        self.of = progress.of
        steps = len(self.analysis.plan.steps) * len(self.analysis.plan.runs)
        if steps == 1:
            self.watch(progress)
            return
        total = max(self._cells(), self.before + progress.of)
        self.watch(replace(progress, cell=self.before + progress.cell, of=total))

    def next(self) -> None:
        """Begin the next step."""
        self.before += self.of

    def _cells(self) -> int:
        steps = self.analysis.plan.steps
        cells = sum(len(self.analysis.notebook(step).cells) for step in steps)
        return cells * len(self.analysis.plan.runs)


@dataclass(frozen=True)
class _Step:
    """One step of one run in the making."""

    settings: Settings
    task: Task
    clock: Clock
    watch: Watch
    stop: Stop
    began: float
    step: Step
    number: int
    parameters: Mapping[str, object]

    def run(self, work: Path, temporary: Path, results: Path) -> StepTimes:
        """Run it, and keep its executed copy if it went well."""
        analysis = self.task.analysis
        out = Path(tempfile.mkdtemp(dir=temporary))
        source = out / "given.ipynb"
        source.write_bytes(analysis.content(self.step))
        started = self.clock()
        record = execute(
            self.settings,
            notebook=source,
            kernel=self.step.kernel,
            data=self.task.data,
            out=out,
            parameters=analysis.parameters_of(self.step, self.parameters),
            limits=replace(
                self.task.limits, wall_seconds=self._left(self.task.limits.wall_seconds)
            ),
            account=for_project(self.task.project),
            watch=self.watch,
            stop=self.stop,
            work=work,
            warm=self.task.warm,
            seconds_forked=self._left(self.task.seconds_forked),
        )
        if record.completed:
            copy = _collect(analysis.notebook(self.step), out / EXECUTED)
            name = analysis.plan.executed(self.number, self.step)
            durable.write_file(results / name, copy)
        return StepTimes(
            run=self.number,
            step=self.step.name,
            started=started,
            ended=self.clock(),
            record=record,
        )

    def _left(self, seconds: float | None) -> float | None:
        """Return what is left of the seconds that all steps share."""
        return None if seconds is None else max(1.0, self.began + seconds - monotonic())


def _times(task: Task, began: datetime, done: list[StepTimes]) -> RunTimes:
    last = done[-1]
    return RunTimes(
        started=began,
        ended=last.ended,
        record=last.record,
        steps=() if task.analysis.plan.alone else tuple(done),
    )


def _lay_out(analysis: Analysis, work: Path) -> None:
    """Put the files of an analysis into a work folder, but for a notebook alone."""
    work.mkdir()
    for name, content in {} if analysis.plan.alone else analysis.files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(content)


def _keep_files(analysis: Analysis, work: Path, target: Path) -> None:
    """Keep what a run wrote: not what it was given and left as it was."""
    given = {
        name: sha256(content).hexdigest() for name, content in analysis.files.items()
    }
    for name, path in work_folder.files_in(work).items():
        if file_digest(path) != given.get(name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target / name)


def _copy_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)


def _collect(source: Notebook, path: Path) -> bytes:
    content = read_file(path, largest=LARGEST_NOTEBOOK_BYTES)
    executed = parse(content, name=EXECUTED)
    if _cells(executed) != _cells(source):
        raise IntegrityError(
            "The executed copy does not hold the cells of the source: something changed"
            " it during the run. Find out what before you run it again."
        )
    if any(cell.outputs for cell in executed.cells if not cell.source.strip()):
        raise IntegrityError(
            "The executed copy shows outputs in a cell without code, so nothing"
            " computed them. Find out where they come from before you run it again."
        )
    return content


def _cells(notebook: Notebook) -> list[tuple[str, str]]:
    return [_essence(cell) for cell in notebook.cells if _INJECTED not in cell.tags]


def _essence(cell: Cell) -> tuple[str, str]:
    return cell.cell_type, cell.source
