"""Archiving and re-running left to a worker."""

from functools import partial

from enclave.archive import jobs
from enclave.archive.rerun_request import Wish
from enclave.archive.submission import Submission
from enclave.jobs.states import JobState
from enclave.jobs.worker import Worker
from tests.builders.projects import at


def _worker(installation) -> Worker:
    settings, database = installation.settings, installation.database
    handlers = {
        jobs.ARCHIVE: partial(jobs.carry_out_submission, settings, database),
        jobs.RERUN: partial(jobs.carry_out_rerun, settings, database),
    }
    return Worker(database, handlers, clock=at())


def _ask(installation, analysis, wish: Wish):
    with installation.database.begin() as session:
        return jobs.enqueue_rerun(
            session, installation.settings, analysis.id, wish, clock=at()
        )


def _submission(path) -> Submission:
    return Submission.read(
        path, project="demo", account="rikke", title="CRP", parameters={"minimum": 8}
    )


def test_a_submission_is_kept_as_it_was_and_archived_later(enclave):
    path = enclave.notebook()
    submission = _submission(path)
    job = jobs.enqueue_submission(
        enclave.settings, enclave.database, submission, clock=at()
    )
    again = jobs.enqueue_submission(
        enclave.settings, enclave.database, submission, clock=at()
    )
    path.write_text("the author goes on writing")

    outcome = _worker(enclave).run_one()

    assert again == job
    assert (outcome.state, outcome.message) == (JobState.DONE, "")
    (analysis,) = enclave.archived()
    assert analysis.id == "PAC2026Rikke_crp"


def test_each_rerun_that_is_asked_for_is_done_once(done):
    (analysis,) = done.archived()
    for key in (None, "journal-7", "journal-7"):
        _ask(done, analysis, Wish("karen", key))
    worker = _worker(done)

    states = [outcome.state for outcome in iter(worker.run_one, None)]

    assert states == [JobState.DONE, JobState.DONE]
    assert len(done.audited("rerun.complete")) == 3
