"""The queue: a job is wanted once, held by one worker, ended once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from enclave.errors import InputError, NotFoundError
from enclave.jobs import queue
from enclave.jobs.queue import Claim, LeaseLostError
from enclave.jobs.states import JobState, Priority
from enclave.store.database import Database
from enclave.store.job_tables import Job


LEASE = timedelta(seconds=60)


@pytest.fixture
def database(store: Database) -> Database:
    return store


def enqueue(
    database: Database, clock, *, key: str | None = None, number: int = 1
) -> int:
    with database.begin() as session:
        return queue.enqueue(
            session, "delivery", {"number": number}, key, clock=clock
        ).id


def claim(database: Database, clock, worker: str = "one") -> Claim | None:
    with database.begin() as session:
        return queue.claim(session, worker, {"delivery"}, clock=clock, lease=LEASE)


def fail(database: Database, clock, held: Claim, *, retry: bool) -> JobState:
    with database.begin() as session:
        return queue.fail(
            session,
            held,
            error_class="HostError",
            message="the disk is full",
            retry=retry,
            clock=clock,
        )


def job(database: Database, number: int) -> Job:
    with database.begin() as session:
        return queue.find(session, number)


def test_jobs_are_taken_in_the_order_they_were_asked_for(database, clock):
    numbers = [enqueue(database, clock, number=i) for i in range(3)]

    held = [claim(database, clock) for _ in range(4)]

    assert [one.job for one in held[:3]] == numbers
    assert [one.payload for one in held[:3]] == [{"number": i} for i in range(3)]
    assert held[3] is None


def test_a_worker_takes_only_kinds_it_knows(database, clock):
    enqueue(database, clock)

    with database.begin() as session:
        assert queue.claim(session, "one", {"rerun", "archive"}, clock=clock) is None


def test_the_same_wish_twice_is_one_job(database, clock):
    assert enqueue(database, clock, key="G1") == enqueue(database, clock, key="G1")
    assert enqueue(database, clock, key="G2") != enqueue(database, clock, key="G1")
    assert enqueue(database, clock) != enqueue(database, clock)

    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 4


@pytest.mark.parametrize("done", [False, True])
def test_a_wish_for_work_at_hand_changes_nothing(database, clock, *, done: bool):
    number = enqueue(database, clock, key="G1")
    held = claim(database, clock)
    if done:
        with database.begin() as session:
            queue.finish(session, held, {"version": 1})
    state = job(database, number).state

    assert enqueue(database, clock, key="G1") == number
    assert job(database, number).state == state
    assert claim(database, clock, "two") is None


def test_a_wish_for_failed_work_queues_it_anew(database, clock):
    number = enqueue(database, clock, key="G1")
    fail(database, clock, claim(database, clock), retry=False)

    assert enqueue(database, clock, key="G1") == number

    found = job(database, number)
    assert (found.state, found.attempts, found.message) == (JobState.QUEUED, 0, None)
    assert claim(database, clock).attempt == 1


def test_a_wish_is_undone_with_its_transaction(database, clock):
    class UndoneError(Exception):
        pass

    with pytest.raises(UndoneError), database.begin() as session:
        queue.enqueue(session, "delivery", {}, "G1", clock=clock)
        raise UndoneError

    assert claim(database, clock) is None


def test_a_finished_job_keeps_its_result(database, clock):
    number = enqueue(database, clock)
    with database.begin() as session:
        held = queue.claim(session, "one", {"delivery"}, clock=clock)
        queue.finish(session, held, {"version": 3})

    found = job(database, number)
    assert (found.state, found.result) == (JobState.DONE, {"version": 3})
    assert (found.worker, found.lease_until) == (None, None)


def test_a_lease_keeps_others_away_until_it_runs_out(database, clock):
    number = enqueue(database, clock)
    first = claim(database, clock)

    clock.forward(seconds=60)
    assert claim(database, clock, "two") is None
    clock.forward(seconds=1)
    second = claim(database, clock, "two")

    assert (first.job, first.attempt) == (number, 1)
    assert (second.job, second.attempt) == (number, 2)


def test_a_sign_of_life_extends_the_lease(database, clock):
    enqueue(database, clock)
    held = claim(database, clock)

    clock.forward(seconds=50)
    with database.begin() as session:
        queue.extend(session, held, clock=clock, lease=LEASE)
    clock.forward(seconds=50)

    assert claim(database, clock, "two") is None


@pytest.mark.parametrize("same_name", [False, True])
def test_who_lost_the_lease_cannot_end_the_job(database, clock, *, same_name: bool):
    number = enqueue(database, clock)
    late = claim(database, clock)
    clock.forward(seconds=61)
    holder = claim(database, clock, "one" if same_name else "two")

    for attempt in (
        lambda session: queue.finish(session, late, {"by": "late"}),
        lambda session: queue.extend(session, late, clock=clock),
        lambda session: queue.fail(
            session, late, error_class="X", message="", retry=True, clock=clock
        ),
    ):
        with pytest.raises(LeaseLostError), database.begin() as session:
            attempt(session)
    with database.begin() as session:
        queue.finish(session, holder, {"by": "holder"})

    assert job(database, number).result == {"by": "holder"}
    with pytest.raises(LeaseLostError), database.begin() as session:
        queue.finish(session, holder, {"by": "holder, twice"})


def test_a_passing_fault_is_tried_again_after_growing_pauses(database, clock):
    number = enqueue(database, clock)
    pauses = []

    while fail(database, clock, claim(database, clock), retry=True) == JobState.QUEUED:
        pauses.append((job(database, number).not_before - clock.at).total_seconds())
        clock.forward(seconds=pauses[-1] - 1)
        assert claim(database, clock) is None
        clock.forward(seconds=1)

    assert pauses == [10, 20, 40, 80]
    found = job(database, number)
    assert (found.state, found.attempts) == (JobState.FAILED, 5)
    assert (found.error_class, found.message) == ("HostError", "the disk is full")


def test_a_lasting_fault_is_not_tried_again(database, clock):
    number = enqueue(database, clock)

    assert fail(database, clock, claim(database, clock), retry=False) == JobState.FAILED

    clock.forward(days=1)
    assert claim(database, clock) is None
    assert job(database, number).state == JobState.FAILED


def test_a_job_that_takes_worker_after_worker_down_is_given_up(database, clock):
    deadly = enqueue(database, clock)
    harmless = enqueue(database, clock)
    for _ in range(queue.MOST_ATTEMPTS):
        assert claim(database, clock).job == deadly
        clock.forward(seconds=61)

    assert claim(database, clock).job == harmless

    found = job(database, deadly)
    assert (found.state, found.error_class) == (JobState.FAILED, "WorkerLost")
    assert "5 workers down" in found.message


def test_an_unknown_job_is_not_found(database):
    with pytest.raises(NotFoundError, match="no job 7"), database.begin() as session:
        queue.find(session, 7)


def test_of_two_who_ask_for_the_same_at_once_both_get_the_one_job(database, clock):
    together = threading.Barrier(4)

    def ask(_: int) -> int:
        together.wait()
        return enqueue(database, clock, key="G1")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1


def test_many_workers_at_once_take_each_job_once(database, clock):
    numbers = [enqueue(database, clock, number=i) for i in range(12)]
    together = threading.Barrier(4)

    def work(worker: int) -> list[int]:
        together.wait()
        taken = []
        while held := claim(database, clock, f"worker {worker}"):
            taken.append(held.job)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [job for jobs in pool.map(work, range(4)) for job in jobs]

    assert sorted(taken) == numbers


def test_a_job_that_one_worker_is_about_to_take_does_not_hold_up_another(
    database, clock
):
    first, second = (enqueue(database, clock, number=i) for i in range(2))
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")

    with database.begin() as session:
        one = queue.claim(session, "one", {"delivery"}, clock=clock)
        two = claim(database, clock, "two")

    assert (one.job, two.job) == (first, second)


def _enqueue_with(database: Database, clock, priority: Priority) -> int:
    with database.begin() as session:
        return queue.enqueue(session, "delivery", {}, priority=priority, clock=clock).id


def _cancel(database: Database, number: int) -> JobState:
    with database.begin() as session:
        return queue.cancel(session, queue.find(session, number), actor="karen")


def test_what_is_urgent_goes_first_and_what_can_wait_last(database, clock):
    background, usual, urgent, another = (
        _enqueue_with(database, clock, priority)
        for priority in (
            Priority.BACKGROUND,
            Priority.USUAL,
            Priority.URGENT,
            Priority.USUAL,
        )
    )

    taken = [claim(database, clock).job for _ in range(4)]

    assert taken == [urgent, usual, another, background]


def test_what_waits_is_counted(database, clock):
    for _ in range(3):
        enqueue(database, clock)
    claim(database, clock)

    with database.begin() as session:
        assert queue.waiting(session, {"delivery"}, clock=clock) == 2
        assert queue.waiting(session, {"delivery"}, clock=clock, most=1) == 1
        assert queue.waiting(session, {"rerun"}, clock=clock) == 0


def test_a_cancelled_job_that_waits_is_never_taken(database, clock):
    number = enqueue(database, clock, key="G1")

    assert _cancel(database, number) == JobState.CANCELLED
    assert claim(database, clock) is None
    with pytest.raises(InputError, match="is cancelled"):
        _cancel(database, number)

    assert enqueue(database, clock, key="G1") == number
    assert claim(database, clock).job == number
    assert job(database, number).cancelled_by is None


def test_a_job_that_is_done_is_not_cancelled(database, clock):
    number = enqueue(database, clock)
    held = claim(database, clock)
    with database.begin() as session:
        queue.finish(session, held, {})

    with pytest.raises(InputError, match="is done"):
        _cancel(database, number)


def test_a_running_job_hears_that_it_is_cancelled(database, clock):
    number = enqueue(database, clock)
    held = claim(database, clock)

    assert _cancel(database, number) == JobState.RUNNING
    with database.begin() as session:
        assert queue.extend(session, held, progress=(3, 20), clock=clock) is True
        queue.stopped(session, held)

    found = job(database, number)
    assert (found.state, found.step, found.steps) == (JobState.CANCELLED, 3, 20)


def test_what_is_asked_for_while_its_cancel_is_pending_is_not_lost(database, clock):
    number = enqueue(database, clock, key="G1")
    held = claim(database, clock)
    _cancel(database, number)

    with pytest.raises(InputError, match="Try again"):
        enqueue(database, clock, key="G1")

    with database.begin() as session:
        queue.stopped(session, held)
    assert enqueue(database, clock, key="G1") == number
    assert claim(database, clock).job == number


def test_what_is_asked_for_after_a_cancelled_job_met_a_fault_is_done(database, clock):
    number = enqueue(database, clock, key="G1")
    held = claim(database, clock)
    _cancel(database, number)
    fail(database, clock, held, retry=True)

    assert enqueue(database, clock, key="G1") == number
    assert claim(database, clock).job == number


def test_a_job_that_was_done_before_its_cancel_was_heard_is_done(database, clock):
    number = enqueue(database, clock, key="G1")
    held = claim(database, clock)
    _cancel(database, number)
    with database.begin() as session:
        queue.finish(session, held, {})

    assert enqueue(database, clock, key="G1") == number
    assert claim(database, clock) is None


def test_a_job_cancelled_after_its_worker_died_is_not_started_again(database, clock):
    number = enqueue(database, clock)
    claim(database, clock)
    _cancel(database, number)

    clock.forward(seconds=61)

    assert claim(database, clock, "two") is None
    assert job(database, number).state == JobState.CANCELLED
