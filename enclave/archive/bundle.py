"""Archive an analysis: run it once cleanly in the sandbox, and keep all of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.archive.contents import Contents
from enclave.archive.extraction import comparable
from enclave.archive.frozen_delivery import record_of
from enclave.archive.manifest import KernelRecord, Subject
from enclave.archive.notebook import parse
from enclave.archive.sandbox_run import (
    SandboxRun,
    Task,
    Watch,
    in_words,
    run,
    unwatched,
)
from enclave.archive.shelf import Shelf
from enclave.archive.submission import Inputs, Submission, resolve
from enclave.clock import Clock, now
from enclave.errors import InputError
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database


def submit(  # noqa: PLR0913 - one keyword for each thing that is submitted
    settings: Settings,
    database: Database,
    *,
    notebook: Path,
    project: str,
    account: str,
    title: str,
    parameters: Mapping[str, Any],
    clock: Clock = now,
    watch: Watch = unwatched,
) -> ArchivedAnalysis:
    """Run a notebook on the project's newest data and archive it.

    Submitting the same source with the same parameters, kernel and data again runs
    nothing and returns what is there.

    Parameters
    ----------
    notebook
        The notebook, executed or not: its outputs are not looked at.
    project
        Slug of the project.
    account
        Who submits it: a member of the project.
    title
        What it is called; also the second part of its id.
    parameters
        Values for names that the notebook's parameters cell declares.
    watch
        Told of each start and end of a cell.

    Raises
    ------
    InputError
        If it is no notebook, does not run cleanly (with the cell's number and the class
        of the cause), or shows nothing that could be compared.
    PolicyRefusal
        If the account may not work in the project now.
    NotFoundError
        If there is no such account, project or kernel, or the project has no data.
    HostError
        If this machine cannot run sandboxes.
    """
    submission = Submission.read(
        notebook, project=project, account=account, title=title, parameters=parameters
    )
    return _archive(settings, database, submission, clock=clock, watch=watch)


def _archive(
    settings: Settings,
    database: Database,
    submission: Submission,
    *,
    clock: Clock,
    watch: Watch,
) -> ArchivedAnalysis:
    with database.begin() as session:
        inputs = resolve(settings, session, submission, clock)
    shelf = Shelf(settings, database, clock=clock)
    key = inputs.content_key(submission)
    with exclusive(settings.archive / ".locks" / key):
        known = shelf.find(key)
        if known is not None:
            return known
        task = Task(
            submission.source,
            inputs.kernel.name,
            submission.parameters,
            inputs.data,
            inputs.project,
        )
        with _scratch(settings.archive / ".runs" / key) as scratch:
            outcome = run(settings, task, scratch, clock=clock, watch=watch)
        executed = _clean(outcome)
        subject = _subject(submission, inputs, key, clock)
        return shelf.add(Contents(subject, submission, inputs, outcome.times, executed))


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder for a run, swept of what a killed one left in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.sweep_partials(folder)
    yield folder
    folder.rmdir()


def _clean(outcome: SandboxRun) -> bytes:
    """Return the executed copy of a run that may be archived."""
    record = outcome.times.record
    if outcome.executed is None:
        raise InputError(
            f"The analysis is not archived, because it did not run cleanly:"
            f" {in_words(record)}. Run it in the workspace from a fresh kernel until it"
            " does, then submit it again."
        )
    if not comparable(parse(outcome.executed, name="the executed copy")):
        raise InputError(
            "The analysis is not archived, because it shows nothing that a re-run could"
            " be compared with. Show its results, or take out the tags that keep all"
            " outputs from being compared."
        )
    return outcome.executed


def _subject(
    submission: Submission, inputs: Inputs, content_key: str, clock: Clock
) -> Subject:
    return Subject(
        id="",
        content_key=content_key,
        project=submission.project,
        account=submission.account,
        title=submission.title,
        archived=clock(),
        source_digest=submission.notebook.source_digest,
        kernel=KernelRecord(name=inputs.kernel.name, lock_sha256=inputs.lock_sha256),
        delivery=record_of(inputs.delivery),
    )
