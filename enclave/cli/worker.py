"""``enclave worker``: do the work that was left to a worker."""

import signal
import sys
from functools import partial

import click

from enclave.airlock import ingress_jobs
from enclave.archive import jobs as archiving
from enclave.cli.installation import open_database
from enclave.delivery import deliver as delivering
from enclave.delivery.cpr_extract import jobs as extracts
from enclave.delivery.cpr_extract.worker_box import WorkerBox
from enclave.delivery.following import Follower
from enclave.jobs.queue import JobState
from enclave.jobs.worker import Handler, Outcome, Worker
from enclave.returns.close_out import destruction, ordering
from enclave.settings import Settings
from enclave.store.database import Database


@click.command()
@click.option("--once", is_flag=True, help="Do the jobs that wait, then stop.")
@click.pass_obj
def worker(settings: Settings, *, once: bool) -> None:
    """Deliver, archive and re-run, one job after the other, until told to stop.

    After each load it also leaves to itself what daily grants are due. The job at hand
    is ended first. Several workers may run at once. With --once, the
    exit code is 1 if a job failed.
    """
    with open_database(settings) as database:
        WorkerBox(settings).make()
        hand = Worker(database, _handlers(settings, database))
        follower = Follower(settings, database)
        if once:
            _follow(follower)
            sys.exit(_empty_the_queue(hand))
        told_to_stop: list[int] = []  # an Event takes a lock, which a handler must not
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: told_to_stop.append(number))
        click.echo(f"Worker {hand.name} is waiting for jobs. Stop it with Ctrl-C.")
        hand.run(
            lambda: bool(told_to_stop), report=_tell, look=partial(_follow, follower)
        )


def _handlers(settings: Settings, database: Database) -> dict[str, Handler]:
    return {
        delivering.JOB: partial(delivering.carry_out, settings, database),
        archiving.ARCHIVE: partial(archiving.carry_out_submission, settings, database),
        ordering.JOB: partial(destruction.carry_out_job, settings, database),
        extracts.JOB: partial(extracts.carry_out, settings, database),
        ingress_jobs.JOB: partial(ingress_jobs.carry_out, settings, database),
        archiving.RERUN: partial(archiving.carry_out_rerun, settings, database),
    }


def _empty_the_queue(hand: Worker) -> bool:
    """Do all jobs that wait now; return whether one failed."""
    failed = False
    while outcome := hand.run_one():
        _tell(outcome)
        failed = failed or outcome.state is JobState.FAILED
    return failed


def _follow(follower: Follower) -> None:
    for grant, due in follower.look():
        click.echo(f"Daily delivery of {grant}: {due}")


def _tell(outcome: Outcome) -> None:
    why = f": {outcome.message}" if outcome.message else ""
    click.echo(f"Job {outcome.job} ({outcome.kind}) is {outcome.state}{why}")
