"""Archive an analysis: run it once cleanly in the sandbox, and keep all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from enclave import durable
from enclave.archive.contents import Contents
from enclave.archive.examination.answers import Question
from enclave.archive.examination.room import examiner
from enclave.archive.extraction import anything_comparable
from enclave.archive.frozen_delivery import record_of
from enclave.archive.locks import lock_of_run
from enclave.archive.manifest import Subject
from enclave.archive.run_times import RunTimes, in_words
from enclave.archive.sandbox_run import Stop, Task, Watch, run, unwatched
from enclave.archive.shelf import Shelf
from enclave.archive.submission import Inputs, Submission, resolve
from enclave.clock import Clock, now
from enclave.errors import InputError
from enclave.lock import exclusive
from enclave.sandbox.running import never
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database


def submit(
    settings: Settings,
    database: Database,
    submission: Submission,
    *,
    clock: Clock = now,
    watch: Watch = unwatched,
    stop: Stop = never,
) -> ArchivedAnalysis:
    """Run an analysis on the project's newest data and archive it.

    Submitting the same source with the same parameters, kernel and data again runs
    nothing and returns what is there.

    Parameters
    ----------
    watch, stop
        Told of each start and end of a cell; asked all the time whether to end.

    Raises
    ------
    InputError
        If it does not run cleanly (with the cell's number and the class of the cause),
        or shows nothing that could be compared, or more than can be read.
    PolicyRefusal, NotFoundError
        If the account may not work in the project now, or something is not there:
        account, project, kernel or data.
    HostError, StoppedError
        If this machine cannot run sandboxes, or ``stop`` said so.
    """
    with database.begin() as session:
        inputs = resolve(settings, session, submission, clock)
    shelf = Shelf(settings, database, clock=clock)
    execute = partial(run, settings, clock=clock, watch=watch, stop=stop)
    key = inputs.content_key(submission)
    with exclusive(lock_of_run(settings, key)):
        known = shelf.find(key)
        if known is not None:
            return known
        task = Task(submission.analysis, inputs.data, inputs.project)
        with _scratch(settings.archive / ".runs" / key) as scratch:
            results = scratch / ".partial-results"
            results.mkdir()
            examiner().get_ready()  # while it runs
            times = execute(task, scratch, into=results)
            _check(task, times, results)
            asked = Question(plan=submission.analysis.plan)
            shown = examiner().ask(asked, results, scratch, stop=stop).records
            about = _subject(submission, inputs, key, clock)
            return shelf.add(Contents(about, submission, inputs, times, results, shown))


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder for a run, swept of what a killed one left in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.sweep_partials(folder)
    try:
        yield folder
    finally:
        durable.sweep_partials(folder)
        folder.rmdir()


def _check(task: Task, times: RunTimes, results: Path) -> None:
    """Refuse a run that may not be archived."""
    if not times.record.completed:
        raise InputError(
            f"The analysis is not archived, because it did not run cleanly:"
            f" {in_words(times)}. Run it in the workspace from a fresh kernel until it"
            " does, then submit it again."
        )
    if not anything_comparable(task.analysis.plan, results):
        raise InputError(
            "The analysis is not archived, because it shows nothing that a re-run could"
            " be compared with. Show its results, or take out the tags that keep all"
            " outputs from being compared."
        )


def _subject(
    submission: Submission, inputs: Inputs, content_key: str, clock: Clock
) -> Subject:
    kernel, *more = inputs.kernel_records()
    return Subject(
        id="",
        content_key=content_key,
        project=submission.project,
        account=submission.account,
        title=submission.title,
        archived=clock(),
        source_digest=submission.analysis.source_digest,
        kernel=kernel,
        more_kernels=tuple(more),
        delivery=record_of(inputs.delivery),
    )
