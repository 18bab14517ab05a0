"""Deliveries that are killed at any moment, and started again."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from enclave.audit import log
from enclave.delivery import records
from enclave.delivery.deliver import deliver
from enclave.delivery.manifest import verify_folder
from tests.builders import installation, projects
from tests.builders.installation import issued
from tests.builders.projects import NOW, at


KILLS = int(os.environ.get("ENCLAVE_DELIVERY_KILLS", "6"))
SCRIPT = Path(__file__).with_name("delivering.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def start(settings) -> Iterator[Callable[[], subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, settings.home, NOW.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ask(process: subprocess.Popen, grant: str) -> None:
    process.stdin.write(f"{grant}\n")
    process.stdin.flush()


def test_killed_at_random_moments_nothing_is_lost_or_doubled(settings, database, start):
    installation.load(settings, results=1500)
    projects.cast(database)
    projects.project(database)
    undisturbed, *grants = (issued(settings, database).id for _ in range(KILLS + 1))
    process = start()
    began = time.monotonic()
    ask(process, undisturbed)
    assert process.stdout.readline() == "version 1\n"
    usual = time.monotonic() - began

    moments = np.random.default_rng(11).uniform(0, 1.1 * usual, len(grants))
    for grant, moment in zip(grants, moments, strict=True):
        ask(process, grant)
        time.sleep(moment)
        process.kill()
        process.wait()
        for folder in (settings.deliveries / "demo").glob("*/[0-9]*"):
            verify_folder(folder)  # complete, or absent
        process = start()

    versions = {
        deliver(settings, database, grant, clock=at()).version for grant in grants
    }

    assert versions == set(range(2, KILLS + 2))
    shelf = settings.deliveries / "demo"
    assert list(shelf.glob(".partial-*")) == []
    found = sorted(path.name for path in shelf.glob("*/*"))
    assert found == [f"{version:04d}" for version in range(1, KILLS + 2)]
    with database.begin() as session:
        assert len(records.of_project(session, "demo")) == KILLS + 1
        log.verify(session)
    # What was made in a run that came after a kill is what an undisturbed run makes.
    for grant in grants:
        made = deliver(settings, database, grant, clock=at())
        shutil.rmtree(made.folder)
        assert deliver(settings, database, grant, clock=at()) == made


def test_two_processes_that_deliver_the_same_make_each_version_once(
    settings, database, start
):
    installation.load(settings, results=1500)
    projects.cast(database)
    projects.project(database)
    grants = [issued(settings, database).id for _ in range(4)]
    one, other = start(), start()

    for first, second in zip(grants, grants[::-1], strict=True):
        ask(one, first)
        ask(other, second)

    said = [[process.stdout.readline() for _ in grants] for process in (one, other)]
    assert said[0] == said[1][::-1]
    assert sorted(said[0]) == [f"version {version}\n" for version in range(1, 5)]
    with database.begin() as session:
        assert len(records.of_project(session, "demo")) == 4
        log.verify(session)
