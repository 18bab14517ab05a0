"""A worker: what it does with what its handler returns or raises."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from enclave.errors import HostError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.jobs.worker import Worker, silent
from enclave.sandbox.running import StoppedError
from enclave.store.database import Database
from enclave.store.job_tables import Job
from tests.builders.dask_cluster import wait_for


NOTHING = {"delivery": silent(dict)}


def enqueue(database: Database, clock, **payload) -> int:
    with database.begin() as session:
        return queue.enqueue(session, "delivery", payload, clock=clock).id


def job(database: Database, number: int) -> Job:
    with database.begin() as session:
        return queue.find(session, number)


def raising(error: Exception):
    def handle(_payload, _course):
        raise error

    return {"delivery": handle}


def test_a_job_is_handed_its_payload_and_keeps_the_result(database, clock):
    number = enqueue(database, clock, grant="G1-1")

    handlers = {"delivery": lambda payload, _: {"got": payload["grant"]}}
    outcome = Worker(database, handlers, clock=clock).run_one()

    assert (outcome.job, outcome.kind, outcome.state) == (
        number,
        "delivery",
        JobState.DONE,
    )
    assert job(database, number).result == {"got": "G1-1"}


def test_nothing_to_do(database, clock):
    assert Worker(database, NOTHING, clock=clock).run_one() is None


@pytest.mark.parametrize(
    "fault",
    [
        HostError("The disk is full. Make room."),
        OSError("no space"),
        MemoryError(),
        OperationalError("SELECT", {}, Exception("locked")),
    ],
)
def test_a_fault_of_the_machine_is_tried_again(database, clock, fault: Exception):
    number = enqueue(database, clock)

    outcome = Worker(database, raising(fault), clock=clock).run_one()

    assert outcome.state == job(database, number).state == JobState.QUEUED
    clock.forward(seconds=10)
    assert Worker(database, NOTHING, clock=clock).run_one().state == "done"


def test_a_refusal_ends_the_job_with_its_words(database, clock):
    number = enqueue(database, clock)
    refusal = PolicyRefusal("The grant ended on 2026-01-01. Apply for an extension.")

    outcome = Worker(database, raising(refusal), clock=clock).run_one()

    found = job(database, number)
    assert outcome.state == found.state == JobState.FAILED
    assert found.error_class == "PolicyRefusal"
    assert outcome.message == found.message == str(refusal)


def test_a_bug_ends_the_job_without_any_value_in_the_record(database, clock):
    number = enqueue(database, clock)

    outcome = Worker(
        database, raising(ValueError("cannot parse 0104909995")), clock=clock
    ).run_one()

    found = job(database, number)
    assert (found.state, found.error_class) == (JobState.FAILED, "ValueError")
    assert "0104909995" not in found.message + outcome.message
    assert found.message.startswith("ValueError at handle, line ")


def test_signs_of_life_keep_a_long_job(database, clock):
    """In its time three leases run out, but for being renewed."""
    number, lease = enqueue(database, clock), timedelta(seconds=1)
    until, others = [], []

    def renewed() -> bool:
        return job(database, number).lease_until == clock() + lease

    def long(_payload, _course):
        for _ in range(4):
            clock.forward(seconds=0.8)
            wait_for(renewed)
            until.append(clock())
            other = Worker(database, NOTHING, lease=lease, clock=clock)
            others.append(other.run_one())
        return {"by": "first"}

    worker = Worker(database, {"delivery": long}, lease=lease, clock=clock)
    outcome = worker.run_one()

    assert outcome.state == JobState.DONE
    assert (until[-1] - until[0], others) == (timedelta(seconds=2.4), [None] * 4)
    assert job(database, number).attempts == 1


def test_a_worker_that_lost_its_job_records_nothing(database, clock):
    number = enqueue(database, clock)

    def slow(_payload, _course):
        clock.forward(seconds=3600)
        other = Worker(database, {"delivery": lambda *_: {"by": "other"}}, clock=clock)
        assert other.run_one().state == JobState.DONE
        return {"by": "slow"}

    outcome = Worker(database, {"delivery": slow}, clock=clock).run_one()

    assert (outcome.state, outcome.message) == (JobState.RUNNING, "lost its lease")
    assert job(database, number).result == {"by": "other"}


def test_a_running_worker_does_all_that_comes_and_stops_when_told(database):
    stop, outcomes = threading.Event(), []

    def report(outcome):
        outcomes.append(outcome.job)
        if len(outcomes) < 4:
            enqueue(database, queue.now)
        else:
            stop.set()

    first = enqueue(database, queue.now)
    Worker(database, NOTHING).run(stop.is_set, pause_seconds=0.01, report=report)

    assert outcomes == [first, first + 1, first + 2, first + 3]


def test_a_running_worker_outlives_a_silent_database(database, monkeypatch):
    worker, stop = Worker(database, NOTHING), threading.Event()
    enqueue(database, queue.now)
    run_one, failing = worker.run_one, [True, True]

    def sometimes():
        if failing:
            failing.pop()
            raise OperationalError("SELECT", {}, Exception("gone away"))
        return run_one()

    monkeypatch.setattr(worker, "run_one", sometimes)
    outcomes = []
    worker.run(
        stop.is_set,
        pause_seconds=0.01,
        report=lambda outcome: (outcomes.append(outcome.state), stop.set()),
    )

    assert outcomes == [JobState.DONE]


def test_workers_have_names_of_their_own(database):
    assert Worker(database, {}).name != Worker(database, {}).name


def test_a_cancelled_job_is_stopped_and_its_progress_was_seen(database):
    number = enqueue(database, queue.now)
    seen = []

    def stoppable(_payload, course):
        course.tell(2, 9)
        while not course.must_stop():
            time.sleep(0.02)
            if not seen and (found := job(database, number)).step is not None:
                seen.append((found.step, found.steps))
                with database.begin() as session:
                    queue.cancel(session, queue.find(session, number), actor="karen")
        raise StoppedError

    lease = timedelta(seconds=0.4)
    outcome = Worker(database, {"delivery": stoppable}, lease=lease).run_one()

    found = job(database, number)
    assert outcome.state == found.state == JobState.CANCELLED
    assert (seen, found.cancelled_by, found.worker) == ([(2, 9)], "karen", None)


def test_who_lost_the_job_is_told_to_stop(database, clock):
    enqueue(database, clock)
    lease = timedelta(seconds=0.2)

    def stuck(_payload, course):
        clock.forward(seconds=3600)
        assert Worker(database, NOTHING, clock=clock).run_one().state == "done"
        while not course.must_stop():
            time.sleep(0.02)
        raise StoppedError

    worker = Worker(database, {"delivery": stuck}, lease=lease, clock=clock)

    assert worker.run_one().message == "lost its lease"
