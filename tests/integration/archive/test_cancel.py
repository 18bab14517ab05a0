"""What runs in a sandbox is cancelled: it ends at once, and nothing half is kept."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from click.testing import CliRunner

from enclave.archive import jobs, layout, underway
from enclave.archive.rerun import folder_of
from enclave.archive.rerun_request import Wish
from enclave.archive.submission import Submission
from enclave.cli.main import enclave as command
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.jobs.states import JobState
from enclave.store.archive_tables import Rerun
from enclave.store.job_tables import Job
from tests.builders.dask_cluster import wait_for
from tests.builders.projects import at
from tests.conftest import ROOT
from tests.integration.archive.test_rerun import sealed_again


pytestmark = pytest.mark.sandbox

WAITS = ("import time", "time.sleep(3600)")


@contextmanager
def worker(installation, *options: str) -> Iterator[psutil.Process]:
    """Run ``enclave worker`` as people start it, and stop it as systemd does."""
    log = installation.settings.home / "worker.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "enclave", "worker", *options],
            cwd=ROOT,
            env={**os.environ, **installation.settings.environment()},
            stdout=told,
            stderr=told,
        )
    try:
        yield psutil.Process(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def job(installation) -> Job:
    with installation.database.begin() as session:
        return session.query(Job).order_by(Job.id.desc()).first()


def at_work(installation, process: psutil.Process) -> list[psutil.Process]:
    """Wait until the cell that waits is running; return the sandbox."""
    wait_for(lambda: job(installation).step == 2)
    return [
        one
        for one in process.children(recursive=True)
        if "ipykernel_launcher" in " ".join(one.cmdline())
    ]


def run(installation, *words: str) -> str:
    done = CliRunner().invoke(command, words, obj=installation.settings)
    assert done.exit_code == 0, done.output
    return done.output


def ended(installation, sandbox: list[psutil.Process]) -> None:
    """Have the sandbox gone soon, and nothing left of what was in the making."""
    psutil.wait_procs(sandbox, timeout=30)
    assert [one for one in sandbox if one.is_running()] == []
    wait_for(lambda: job(installation).state != JobState.RUNNING)
    assert job(installation).state == JobState.CANCELLED
    assert list(installation.settings.archive.rglob(".partial-*")) == []


def test_a_rerun_that_runs_is_cancelled(archive, analysis):
    source = archive.notebook(*WAITS).read_text()
    sealed_again(archive, analysis, **{layout.SOURCE: source})
    with archive.database.begin() as session:
        wish = Wish("rikke", "journal-7")
        jobs.enqueue_rerun(session, archive.settings, analysis.id, wish)

    with worker(archive) as process:
        sandbox = at_work(archive, process)
        run(archive, "reruns", "cancel", analysis.id, "1", "--as", "rikke")
        ended(archive, sandbox)

    with archive.database.begin() as session:
        record = session.get_one(Rerun, (analysis.id, 1))
    assert record.cancelled is not None
    assert (record.completed, record.verdict) == (None, None)
    assert list(folder_of(archive.settings, analysis.id, 1).iterdir()) == []
    assert len(archive.audited("rerun.cancel")) == 1
    assert archive.audited("rerun.complete") == []


def test_an_analysis_on_its_way_is_cancelled(enclave):
    submission = Submission.read(
        enclave.notebook(*WAITS),
        project="demo",
        account="rikke",
        title="Waiting",
        parameters={},
    )
    number = jobs.enqueue_submission(enclave.settings, enclave.database, submission)

    # As two at once, which a process each of a local cluster does.
    with worker(enclave, "--processes", "2") as process:
        sandbox = at_work(enclave, process)
        assert "cell 2 of 2" in run(enclave, "archive", "underway", "demo")
        run(enclave, "archive", "cancel", str(number), "--as", "rikke")
        ended(enclave, sandbox)

    assert enclave.archived() == []
    assert list(enclave.settings.archive.glob("PAC*")) == []
    assert len(enclave.audited("archive.cancel")) == 1


def test_only_who_handed_it_in_and_core_cancel(enclave):
    submission = Submission.read(
        enclave.notebook(), project="demo", account="rikke", title="CRP", parameters={}
    )
    number = jobs.enqueue_submission(
        enclave.settings, enclave.database, submission, clock=at()
    )
    with enclave.database.begin() as session:
        with pytest.raises(PolicyRefusal, match="rikke handed it in"):
            underway.cancel(session, number, actor="mads")
        underway.cancel(session, number, actor="karen")
        (one,) = underway.of_project(session, "demo")
        assert (one.state, one.moves) == ("cancelled", False)
        with pytest.raises(NotFoundError):
            underway.cancel(session, 99, actor="karen")
        with pytest.raises(InputError, match="nothing left"):
            underway.cancel(session, number, actor="karen")
