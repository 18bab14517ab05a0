"""A worker: takes one job after the other and keeps its lease while it works."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError

from enclave.clock import Clock, now
from enclave.errors import EnclaveError, HostError
from enclave.jobs import queue
from enclave.jobs.course import Course
from enclave.jobs.queue import Claim, LeaseLostError
from enclave.jobs.states import JobState
from enclave.sandbox.running import StoppedError
from enclave.store.database import Database


Handler = Callable[[Mapping[str, Any], Course], Mapping[str, Any]]


def silent(handler: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Handler:
    """Make a handler of work that tells nothing on its way, and is not stopped."""
    return lambda payload, _: handler(payload)


# Faults of the machine, which may be gone next time. Everything else would only
# happen again.
PASSING = (HostError, OSError, MemoryError, OperationalError)

# How soon progress is seen, and a wish to cancel heard.
BEAT = timedelta(seconds=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How one attempt at a job ended; ``message`` says why if it is not done."""

    job: int
    kind: str
    state: JobState
    message: str = ""


class Worker:
    """Does jobs of the kinds it has a handler for.

    Parameters
    ----------
    handlers
        By kind: a function from a payload to a result, both JSON, that may tell its
        :class:`Course` how far it is. It may be called again for a job that an earlier
        worker died on, so it must be idempotent.
    lease
        How long a job stays with a worker that gives no sign of life.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        lease: timedelta = queue.LEASE,
        clock: Clock = now,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._database = database
        self._handlers = handlers
        self._lease = lease
        self._clock = clock

    def run_one(self) -> Outcome | None:
        """Do the next job that waits; return None if none does."""
        with self._database.begin() as session:
            held = queue.claim(
                session,
                self.name,
                self._handlers,
                clock=self._clock,
                lease=self._lease,
            )
        if held is None:
            return None
        try:
            return self._attempt(held)
        except LeaseLostError:
            logger.warning("job %d went to another worker meanwhile", held.job)
            return Outcome(held.job, held.kind, JobState.RUNNING, "lost its lease")

    def run(
        self,
        stopped: Callable[[], bool],
        *,
        pause_seconds: float = 1.0,
        report: Callable[[Outcome], None],
        look: Callable[[], object] = lambda: None,
    ) -> None:
        """Do jobs until ``stopped()``; the one at hand is ended first.

        Parameters
        ----------
        look
            Called before each job, to find what is due by itself.
        """
        while not stopped():
            try:
                look()
                outcome = self.run_one()
            except OperationalError:
                logger.warning("the database does not answer; trying again")
                outcome = None
            if outcome is None:
                time.sleep(pause_seconds)
            else:
                report(outcome)

    def _attempt(self, held: Claim) -> Outcome:
        course = Course()
        try:
            with self._heartbeat(held, course):
                result = self._handlers[held.kind](held.payload, course)
        except StoppedError:
            return self._stopped(held)
        except PASSING as error:
            return self._failed(held, error, retry=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job must end
            return self._failed(held, error, retry=False)
        with self._database.begin() as session:
            queue.finish(session, held, result)
        return Outcome(held.job, held.kind, JobState.DONE)

    def _stopped(self, held: Claim) -> Outcome:
        with self._database.begin() as session:
            queue.stopped(session, held)
        return Outcome(held.job, held.kind, JobState.CANCELLED)

    def _failed(self, held: Claim, error: Exception, *, retry: bool) -> Outcome:
        message = _message(error)
        with self._database.begin() as session:
            state = queue.fail(
                session,
                held,
                error_class=type(error).__name__,
                message=message,
                retry=retry,
                clock=self._clock,
            )
        return Outcome(held.job, held.kind, state, message)

    @contextmanager
    def _heartbeat(self, held: Claim, course: Course) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(
            target=self._beat, args=(held, course, ended), daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, held: Claim, course: Course, ended: threading.Event) -> None:
        while not ended.wait(min(self._lease / 4, BEAT).total_seconds()):
            try:
                with self._database.begin() as session:
                    cancelled = queue.extend(
                        session,
                        held,
                        progress=course.progress,
                        clock=self._clock,
                        lease=self._lease,
                    )
            except LeaseLostError:
                # Another worker has it: what this one still does is for nothing.
                course.stop()
                return  # ending the job will say so
            except OperationalError:
                logger.warning("no sign of life for job %d this time", held.job)
            else:
                if cancelled:
                    course.stop()


def _message(error: Exception) -> str:
    """Say what went wrong without any value the error may have seen."""
    if isinstance(error, EnclaveError):
        return str(error)
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    code = frame.tb_frame.f_code if frame else None
    where = f" at {code.co_name}, line {frame.tb_lineno}" if code and frame else ""
    return f"{type(error).__name__}{where}. This is a fault of the system: report it."
