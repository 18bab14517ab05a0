"""One run of a notebook in the sandbox, read back with due suspicion.

What comes out of the sandbox was written where the user's code ran. It is taken only if
it is a regular file of bounded size, is a notebook, and holds the very cells that were
given.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from enclave.archive.comparison.run_facts import RunFacts
from enclave.archive.execution import Progress, execute
from enclave.archive.intake import read_file
from enclave.archive.notebook import LARGEST_NOTEBOOK_BYTES, Cell, Notebook, parse
from enclave.archive.run_record import RunRecord
from enclave.clock import Clock, now
from enclave.errors import IntegrityError
from enclave.sandbox.accounts import for_project
from enclave.sandbox.description import Limits
from enclave.settings import Settings


# Long enough for an honest analysis, and an end for one that has none.
LIMITS = Limits(wall_seconds=6 * 3600)

EXECUTED = "executed.ipynb"
_INJECTED = "injected-parameters"


Watch = Callable[[Progress], None]


def unwatched(_: Progress) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Task:
    """What is to be run: a notebook in a kernel, on data, under a project's account."""

    source: bytes
    kernel: str
    parameters: Mapping[str, Any]
    data: Path
    project: int


class RunTimes(BaseModel):
    """When a run took place, and what it says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    started: datetime
    ended: datetime
    record: RunRecord

    def facts(self, packages: Mapping[str, str]) -> RunFacts:
        """Return what a noise rule may rely on."""
        return RunFacts(started=self.started, ended=self.ended, packages=packages)


@dataclass(frozen=True)
class SandboxRun:
    """A run that ended. The executed copy is there only if it ended cleanly."""

    times: RunTimes
    executed: bytes | None


def run(
    settings: Settings,
    task: Task,
    scratch: Path,
    *,
    clock: Clock = now,
    watch: Watch = unwatched,
) -> SandboxRun:
    """Run a notebook once in the sandbox, from an empty home.

    Parameters
    ----------
    task
        What is to be run.
    scratch
        Folder for what is in the making: outputs that nobody has checked. What a killed
        process leaves there begins with ``.partial-``.
    watch
        Told of each start and end of a cell.

    Raises
    ------
    HostError
        If this machine cannot run sandboxes.
    IntegrityError
        If what came out is not the executed form of what was put in.
    """
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=scratch) as temporary:
        folder = Path(temporary)
        out = folder / "out"
        out.mkdir()
        source = folder / "source.ipynb"
        source.write_bytes(task.source)
        started = clock()
        record = execute(
            settings,
            notebook=source,
            kernel=task.kernel,
            data=task.data,
            out=out,
            parameters=dict(task.parameters),
            limits=LIMITS,
            account=for_project(task.project),
            watch=watch,
        )
        times = RunTimes(started=started, ended=clock(), record=record)
        executed = _collect(task, out / EXECUTED) if record.completed else None
    return SandboxRun(times, executed)


def in_words(record: RunRecord) -> str:
    """Say why a run failed: the cell, counted as in the source, and the cause."""
    failure = record.failure
    if failure is None:
        return "not every cell was run"
    cell = record.failed_cell
    where = f"cell {cell} failed" if cell else "it failed before its first cell"
    error = f", {failure.error}" if failure.error else ""
    return f"{where} ({failure.cause.replace('_', ' ')}{error})"


def _collect(task: Task, path: Path) -> bytes:
    content = read_file(path, largest=LARGEST_NOTEBOOK_BYTES)
    executed = parse(content, name=EXECUTED)
    source = parse(task.source, name="the source")
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
