"""``enclave worker``: do the work that was left to a worker."""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import click

from enclave.airlock import ingress_jobs
from enclave.airlock.attachments.sweeping import Sweeper
from enclave.airlock.sweeping import sweep
from enclave.archive import jobs as archiving
from enclave.archive import sweeping as archive
from enclave.archive.warm_start import WarmStarts, warm_starts
from enclave.cli.installation import open_database
from enclave.delivery import deliver as delivering
from enclave.delivery.cpr_extract import jobs as extracts
from enclave.delivery.cpr_extract.worker_box import WorkerBox
from enclave.delivery.following import Follower
from enclave.jobs import queue
from enclave.jobs.hourly import Hourly
from enclave.jobs.states import JobState
from enclave.jobs.worker import Handler, Outcome, Worker, silent
from enclave.projects import feasibility_use
from enclave.returns import sweeping as returns
from enclave.returns.close_out import destruction, ordering
from enclave.settings import Settings
from enclave.store.database import Database


_LEASE = "lease"  # told to a process of a cluster beside the settings


@click.command()
@click.option("--once", is_flag=True, help="Do the jobs that wait, then stop.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="Do so many jobs at once, in processes of this machine (Dask).",
)
@click.option(
    "--scheduler",
    help="Do them on a Dask cluster that runs already: tls://host:port.",
)
@click.option(
    "--certificates",
    type=click.Path(path_type=Path),
    help="Folder with ca.pem, cert.pem and key.pem for the scheduler.",
)
@click.option(
    "--lease",
    type=click.FloatRange(1),
    default=queue.LEASE.total_seconds(),
    show_default=True,
    help="Seconds after which a job goes to another worker if its own is silent.",
)
@click.pass_obj
def worker(
    settings: Settings,
    processes: int | None,
    scheduler: str | None,
    certificates: Path | None,
    lease: float,
    *,
    once: bool,
) -> None:
    """Deliver, archive and re-run, one job after the other, until told to stop.

    After each load it also leaves to itself what daily grants are due. The jobs at hand
    are ended first. Several workers may run at once, and with --processes or
    --scheduler one does several jobs at once. With --once, the exit code is 1 if a job
    failed.
    """
    # One that ends when the queue is empty would have loaded them for nothing.
    kept = replace(settings, warm_reruns=settings.warm_reruns and not once)
    with open_database(settings) as database, warm_starts(kept) as warm:
        WorkerBox(settings).make()
        hand = _worker(settings, database, lease, warm)
        follower = Follower(settings, database)
        sweeper = Sweeper(settings, database)
        left_over = Hourly(
            "what killed processes left was not swept",
            partial(_sweep, settings, database),
        )
        answers = Hourly(
            "answers that grew too old were not written down",
            partial(_expire, database),
        )
        look = partial(_look, settings, database, follower, sweeper, left_over, answers)
        if once:
            look()
            sys.exit(_empty_the_queue(hand))
        stopped = _told_to_stop()
        click.echo(f"Worker {hand.name} is waiting for jobs. Stop it with Ctrl-C.")
        if processes is None and scheduler is None:
            hand.run(stopped, report=_tell, look=look)
            return
        # Takes a second to load.
        from enclave.jobs.cluster import Dispatcher, Place  # noqa: PLC0415

        Dispatcher(
            Place(processes or 1, scheduler, certificates),
            work_one,
            {**settings.environment(), _LEASE: str(lease)},
            waiting=partial(_waiting, settings, database, look),
            report=_tell,
        ).run(stopped)


def work_one(environment: Mapping[str, str]) -> Outcome | None:
    """Do one job, in a process of a cluster; return None if none waits."""
    settings = Settings.from_environment(environment)
    database = Database(settings.database_url)
    lease, warm = float(environment[_LEASE]), _warm_starts_of_process(settings)
    try:
        return _worker(settings, database, lease, warm).run_one()
    finally:
        database.dispose()


@cache
def _warm_starts_of_process(settings: Settings) -> WarmStarts | None:
    """Return those of this process, which end with it; it does many jobs."""
    return WarmStarts(settings) if settings.warm_reruns else None


def _worker(
    settings: Settings, database: Database, lease: float, warm: WarmStarts | None
) -> Worker:
    handlers = _handlers(settings, database, warm)
    return Worker(database, handlers, lease=timedelta(seconds=lease))


def _handlers(
    settings: Settings, database: Database, warm: WarmStarts | None = None
) -> dict[str, Handler]:
    rerun = partial(archiving.carry_out_rerun, settings, database, warm=warm)
    return {
        delivering.JOB: silent(partial(delivering.carry_out, settings, database)),
        archiving.ARCHIVE: partial(archiving.carry_out_submission, settings, database),
        ordering.JOB: silent(partial(destruction.carry_out_job, settings, database)),
        extracts.JOB: silent(partial(extracts.carry_out, settings, database)),
        ingress_jobs.JOB: partial(ingress_jobs.carry_out, settings, database),
        archiving.RERUN: rerun,
    }


def _waiting(settings: Settings, database: Database, look: Callable[[], None]) -> int:
    look()
    with database.begin() as session:
        return queue.waiting(session, _handlers(settings, database))


def _told_to_stop() -> Callable[[], bool]:
    told: list[int] = []  # an Event takes a lock, which a handler must not
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: told.append(number))
    return lambda: bool(told)


def _empty_the_queue(hand: Worker) -> bool:
    """Do all jobs that wait now; return whether one failed."""
    failed = False
    while outcome := hand.run_one():
        _tell(outcome)
        failed = failed or outcome.state is JobState.FAILED
    return failed


def _look(
    settings: Settings,
    database: Database,
    follower: Follower,
    sweeper: Sweeper,
    left_over: Hourly,
    answers: Hourly,
) -> None:
    """Find what is due by itself: daily deliveries, raw files to be destroyed."""
    if destroyed := sweep(settings, database):
        click.echo(f"{destroyed} raw files of own data were destroyed")
    if destroyed := sweeper.look():
        click.echo(f"{destroyed} attached files of nothing were destroyed")
    if removed := left_over.look():
        click.echo(f"{removed} folders that killed processes left were removed")
    if expired := answers.look():
        click.echo(f"{expired} feasibility answers grew too old to be used")
    for grant, due in follower.look():
        click.echo(f"Daily delivery of {grant}: {due}")


def _sweep(settings: Settings, database: Database) -> int:
    extracts.forget(database)
    return returns.sweep(settings, database) + archive.sweep(settings)


def _expire(database: Database) -> int:
    with database.begin() as session:
        return feasibility_use.expire(session)


def _tell(outcome: Outcome) -> None:
    why = f": {outcome.message}" if outcome.message else ""
    click.echo(f"Job {outcome.job} ({outcome.kind}) is {outcome.state}{why}")
