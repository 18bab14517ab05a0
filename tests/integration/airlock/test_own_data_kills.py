"""Own data whose portal, worker or sandbox is killed at any moment, and goes on."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from enclave.airlock import ingress_jobs
from enclave.audit import log
from enclave.store.project_tables import ApplicationStep
from tests.builders import cpr_hospital, own_data
from tests.builders.cpr_hospital import CPR
from tests.builders.own_data import describe, state
from tests.integration.airlock.taking_in import o_clock, receive, work


pytestmark = pytest.mark.sandbox

KILLS = int(os.environ.get("ENCLAVE_OWN_DATA_KILLS", "3"))
ROWS = 1_500
# Who is killed, in turns.
VICTIMS = ("portal", "sandbox", "release", "worker")
# What a job may be tried; far more than one kill takes.
MOST_TRIES = 4

Kill = Callable[[int], None]


class Scene:
    """One installation, and processes that do its work."""

    def __init__(self, settings, database, sent):
        self.settings, self.database, self.sent = settings, database, sent
        self._context = multiprocessing.get_context("forkserver")
        # Whatever is not loaded before the fork, each process loads anew; Arrow loads
        # pandas where it first makes a column of Python's values, which took longer
        # than all the work.
        self._context.set_forkserver_preload([receive.__module__, "pandas"])
        self._minutes = 0

    def start(self, target, *given):
        process = self._context.Process(
            target=target, args=(self.settings.environment(), *given), daemon=True
        )
        process.start()
        return process

    def upload(self, number: int, kill: Kill | None = None) -> None:
        """Send the file until it is taken in."""
        for _ in range(MOST_TRIES):
            self._run(self.start(receive, number, self.sent), kill)
            if state(self.database, number) == "uploaded":
                return
            kill = None
        raise AssertionError(state(self.database, number))

    def step(self, number: int, step: str, kill: Kill | None = None) -> None:
        """Leave a step to workers, of which the first may be killed."""
        with self.database.begin() as session:
            ingress_jobs.enqueue(session, number, step, actor="mads", clock=o_clock(0))
        for _ in range(MOST_TRIES):
            # By then the lease of a dead one is over, and so is a pause.
            self._minutes += 60
            self._run(self.start(work, self._minutes), kill)
            if state(self.database, number) == ingress_jobs.STEPS[step][1]:
                return
            kill = None
        raise AssertionError(state(self.database, number))

    def _run(self, process, kill: Kill | None) -> None:
        if kill:
            kill(process.pid)
        process.join()
        self.check_whole()

    def own(self) -> list[Path]:
        folder = self.settings.projects / "demo" / "own"
        return sorted(folder.glob("[!.]*"))

    def check_whole(self) -> None:
        """What a workspace sees is whole; what it does not see has lost nothing."""
        for table in self.own():
            assert len(pq.read_table(table)) == ROWS


@pytest.fixture
def scene(settings, database, tmp_path):
    cpr_hospital.set_up(settings, database)
    columns = {
        "cpr": [CPR[n % 3] for n in range(ROWS)],
        "sample": [f"s{n:05d}" for n in range(ROWS)],
        "value": [str(n / 8) for n in range(ROWS)],
        "day": ["2012-03-04"] * ROWS,
    }
    return Scene(settings, database, own_data.write(tmp_path / "sent", columns))


def at_some_moment(seconds: float) -> Kill:
    def kill(pid: int) -> None:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    return kill


def in_the_sandbox(seconds: float) -> Kill:
    """Kill what stands in the sandbox, once there is one."""

    def kill(pid: int) -> None:
        # A process that is over has no program any more.
        while not below(pid) and Path(f"/proc/{pid}/exe").exists():
            time.sleep(0.005)
        time.sleep(seconds)
        for one in below(pid)[-1:]:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    return kill


def below(pid: int) -> list[int]:
    """Return the descendants of a process."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text().split()):
                found += [child, *below(child)]
    return found


def test_killed_at_random_moments_nothing_is_lost_or_left(scene):
    first, *numbers = (
        describe(scene.settings, scene.database, table=f"t{n}")
        for n in range(KILLS + 1)
    )
    usual = {}
    for name, act in (
        ("portal", lambda: scene.upload(first)),
        ("worker", lambda: scene.step(first, "scan")),
        ("release", lambda: scene.step(first, "load")),
    ):
        began = time.monotonic()
        act()
        usual[name] = time.monotonic() - began
    usual["sandbox"] = usual["worker"] / 2
    (undisturbed,) = scene.own()

    moments = np.random.default_rng(5).uniform(0.0, 1.0, KILLS)
    for at, (number, moment) in enumerate(zip(numbers, moments, strict=True)):
        victim = VICTIMS[at % len(VICTIMS)]
        when = moment * usual[victim]
        how = in_the_sandbox(when) if victim == "sandbox" else at_some_moment(when)
        scene.upload(number, how if victim == "portal" else None)
        scene.step(number, "scan", how if victim in {"worker", "sandbox"} else None)
        scene.step(number, "load", how if victim == "release" else None)

    everything = pq.read_table(undisturbed)
    assert len(scene.own()) == KILLS + 1
    assert all(pq.read_table(one).equals(everything) for one in scene.own())
    check_nothing_is_left(scene, [first, *numbers])


def check_nothing_is_left(scene, numbers) -> None:
    """Neither raw files nor drafts; each thing happened once, and is on record."""
    for number in numbers:
        folder = scene.settings.ingress / str(number)
        assert {one.name for one in folder.iterdir()} == {".lock", "findings.json"}
    kept = (scene.settings.ingress, scene.settings.projects)
    files = [one for place in kept for one in place.rglob("*") if one.is_file()]
    assert not [one.name for one in files if ".partial-" in one.name]
    assert not [one for one in files if CPR[0].encode() in one.read_bytes()]
    with scene.database.begin() as session:
        log.verify(session)
        for number in numbers:
            steps = select(ApplicationStep.action).where(
                ApplicationStep.application_id == number
            )
            done = [one for one in session.scalars(steps) if one in ONCE]
            assert sorted(done) == sorted(ONCE), number


ONCE = ("upload", "quarantine", "load")
