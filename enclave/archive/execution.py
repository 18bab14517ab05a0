"""Run one notebook in the sandbox, from an empty home, on read-only data.

Around the run lies one sandbox, with papermill and the enclave's own code in it, and in
that another with the kernel alone. So the notebook's code cannot reach what writes down
how it went, and what is written down is honest about it.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from enclave import durable
from enclave.archive import notebook as notebooks
from enclave.archive import parameters as parameter_rules
from enclave.archive import work_folder
from enclave.archive.execution_sandbox import (
    DETERMINISTIC,
    FILES,
    JOB,
    SOURCE,
    job,
    sandbox,
)
from enclave.archive.intake import read_file
from enclave.archive.run_record import Cause, Failure, RunRecord, Software, Status
from enclave.archive.warm_start import WarmStart, WarmStarts
from enclave.errors import HostError
from enclave.sandbox import released_kernels
from enclave.sandbox.description import Account, Limits
from enclave.sandbox.running import Outcome, never, run
from enclave.settings import Settings


_LARGEST_RECORD_BYTES = 5_000_000


@dataclass(frozen=True)
class Progress:
    """One step of a run: the ``cell`` (from 1) of ``of`` cells is now ``status``."""

    cell: int
    of: int
    status: Status


def execute(  # noqa: PLR0913 - one keyword for each thing that a run depends on
    settings: Settings,
    *,
    notebook: Path,
    kernel: str,
    data: Path | None,
    out: Path,
    parameters: Mapping[str, Any],
    limits: Limits,
    account: Account | None,
    watch: Callable[[Progress], None] = lambda _: None,
    work: Path | None = None,
    stop: Callable[[], bool] = never,
    warm: WarmStarts | None = None,
    seconds_forked: float | None = None,
) -> RunRecord:
    """Run a notebook once; that it fails is an answer, not an error.

    Parameters
    ----------
    notebook, kernel, parameters
        As it was handed in, the released kernel to run it in, and values for names of
        its parameters cell.
    data, out
        Folder seen as ``/project/data`` (None for no data), and the one that gets
        ``executed.ipynb`` and ``run.json``.
    limits, account, warm, seconds_forked
        What it may use, the project's account, what to fork it from if it can be, and
        how long it may take then.
    watch, stop
        Told of each start and end of a cell; asked all the time whether to end it.

    Raises
    ------
    InputError, NotFoundError, HostError, StoppedError
        If the notebook or a parameter is wrong, the kernel is not installed, there is
        no sandbox, the run did not tell how it ended, or was stopped.
    """
    release = released_kernels.installed(settings, kernel)
    content = _content(notebook, parameters)
    ready = None if warm is None else warm.of(release, account, data)
    limits = limits if ready is None else _shorter(limits, seconds_forked)
    with _folder_of_run(out, account) as folder:
        told = job(kernel, parameters, limits, keep=work is not None)
        _lay_out(folder, told, content)
        _put_in(work, folder / FILES, account)
        room = sandbox(release.prefix(settings), folder, data, limits, account)
        outcome = _start(ready)(room, watch=_telling(watch), stop=stop)
        record = _record(folder, outcome, kernel, ready)
        return _keep(folder, out, record, work)


def _content(notebook: Path, parameters: Mapping[str, Any]) -> bytes:
    content = read_file(notebook, largest=notebooks.LARGEST_NOTEBOOK_BYTES)
    parameter_rules.check(parameters, notebooks.parse(content, name=notebook.name))
    return content


def _start(ready: WarmStart | None) -> Callable[..., Outcome]:
    return run if ready is None else ready.run


def _shorter(limits: Limits, seconds: float | None) -> Limits:
    bounds = [each for each in (limits.wall_seconds, seconds) if each is not None]
    return replace(limits, wall_seconds=min(bounds, default=None))


@contextmanager
def _folder_of_run(out: Path, account: Account | None) -> Iterator[Path]:
    """Make the one folder that the run can write to; it is not kept as it is."""
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=out)).resolve()
    try:
        work_folder.hand_over(folder, account)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lay_out(folder: Path, told: bytes, source: bytes) -> None:
    durable.write_file(folder / JOB, told)
    durable.write_file(folder / SOURCE, source)


def _put_in(work: Path | None, files: Path, account: Account | None) -> None:
    if work is not None:
        files.mkdir()
        work_folder.copy(work, files)
        work_folder.hand_over(files, account)


def _take_out(work: Path | None, files: Path) -> None:
    if work is not None:
        work_folder.replace(work, by=files)


def _record(
    folder: Path, outcome: Outcome, kernel: str, ready: WarmStart | None
) -> RunRecord:
    """Read what the run says of itself; how it was started is not for it to say.

    Called when all has ended that could write it.
    """
    path = folder / "run.json"
    if path.exists():
        try:
            content = read_file(path, largest=_LARGEST_RECORD_BYTES)
            record = RunRecord.model_validate_json(content)
        except ValidationError as error:
            raise HostError("The record of the run cannot be read.") from error
    elif outcome.timed_out:
        record = RunRecord(
            status=Status.FAILED,
            failure=Failure(cause=Cause.TIMEOUT),
            seconds=outcome.seconds,
            software=Software(kernel=kernel, environment=DETERMINISTIC),
        )
    else:
        # What it printed is not shown: it could hold anything of the notebook.
        raise HostError(
            f"The run ended without a record (exit code {outcome.exit_code}). Run it"
            " again; if it ends so again, look whether the machine has memory and disk"
            " left."
        )
    return record.model_copy(update={"start": "cold" if ready is None else "forked"})


def _keep(folder: Path, out: Path, record: RunRecord, work: Path | None) -> RunRecord:
    _take_out(work if record.completed else None, folder / FILES)
    executed = folder / "executed.ipynb"
    if executed.exists():
        content = read_file(executed, largest=notebooks.LARGEST_NOTEBOOK_BYTES)
        durable.write_file(out / executed.name, content)
    durable.write_file(out / "run.json", record.model_dump_json(indent=1).encode())
    return record


def _telling(watch: Callable[[Progress], None]) -> Callable[[str], None]:
    return lambda line: _tell(line, watch)


def _tell(line: str, watch: Callable[[Progress], None]) -> None:
    try:
        told = json.loads(line)
        step = Progress(int(told["cell"]), int(told["of"]), Status(told["status"]))
    except (KeyError, TypeError, ValueError):
        return
    watch(step)
