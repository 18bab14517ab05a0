"""Workers that die or freeze in the middle of a job."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.job_tables import Job


SCRIPT = Path(__file__).with_name("slow_worker.py")


@pytest.fixture
def effects(tmp_path: Path) -> Path:
    folder = tmp_path / "effects"
    folder.mkdir()
    return folder


@pytest.fixture
def start(settings: Settings, effects: Path) -> Iterator[Callable]:
    started: list[subprocess.Popen] = []

    def start(seconds: float) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, settings.home, effects, str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def enqueue(database: Database, name: str) -> int:
    with database.begin() as session:
        return queue.enqueue(session, "slow", {"name": name}).id


def job(database: Database, number: int) -> Job:
    with database.begin() as session:
        return queue.find(session, number)


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def test_the_job_of_a_killed_worker_is_done_by_the_other(database, effects, start):
    number = enqueue(database, "a")
    first = start(seconds=3600)
    wait(lambda: list(effects.glob("a.started-*")))
    second = start(seconds=0)
    time.sleep(2.5)  # longer than the lease: the first worker's signs of life hold it
    assert job(database, number).worker.split(":")[1] == str(first.pid)

    first.kill()
    wait(lambda: job(database, number).state == JobState.DONE)

    assert second.poll() is None
    assert job(database, number).attempts == 2
    assert job(database, number).result == {"seconds": 0.0}
    assert (effects / "a").exists()
    assert not (effects / "a.doubled").exists()


def test_a_worker_that_froze_does_not_end_the_job_a_second_time(
    database, effects, start
):
    number = enqueue(database, "a")
    first = start(seconds=2)
    wait(lambda: list(effects.glob("a.started-*")))

    first.send_signal(signal.SIGSTOP)
    start(seconds=0)
    wait(lambda: job(database, number).state == JobState.DONE)
    first.send_signal(signal.SIGCONT)

    assert first.stdout.readline() == "running lost its lease\n"
    assert job(database, number).result == {"seconds": 0.0}


def test_many_jobs_and_workers_killed_all_the_time(database, effects, start):
    numbers = [enqueue(database, f"job{i}") for i in range(12)]
    workers = [start(seconds=0.1) for _ in range(2)]

    for _ in range(4):
        time.sleep(0.7)
        workers.pop(0).kill()
        workers.append(start(seconds=0.1))
    wait(lambda: all(job(database, n).state == JobState.DONE for n in numbers))

    assert {path.name for path in effects.glob("job*") if "." not in path.name} == {
        f"job{i}" for i in range(12)
    }
    # Each attempt is one start of a handler, or a worker killed before it started.
    for i, number in enumerate(numbers):
        starts = len(list(effects.glob(f"job{i}.started-*")))
        assert 1 <= starts <= job(database, number).attempts
