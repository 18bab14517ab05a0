"""Killed at any moment, or asked by two at once: one question, one answer."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from enclave.audit import log
from enclave.disclosure.presentation import presented
from enclave.store.disclosure_tables import LedgerEntry, StoredAnswer
from tests.builders.disclosure import rules


ROOT = Path(__file__).parents[3]
CODES = [f"DE{number}" for number in range(10, 40)]
KILLS = 12


@contextmanager
def _asking(url, account, codes):
    """Start a process that waits, ready to ask."""
    command = ["-m", "tests.integration.disclosure.asking_process", url, account]
    with subprocess.Popen(
        [sys.executable, *command, *codes],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def _go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def _answers(output):
    # The last line of a killed process may be cut.
    return [json.loads(line) for line in output.splitlines() if line.endswith("}")]


def _stored(database):
    with database.begin() as session:
        rows = session.scalars(select(StoredAnswer))
        return {row.question_id: presented(row.noisy, rules()) for row in rows}


def test_killed_at_any_moment_and_started_again(database):
    random = np.random.default_rng(5)
    shown = []
    for _ in range(KILLS):
        with _asking(database.url, "rikke", CODES) as process:
            _go(process)
            time.sleep(random.uniform(0.005, 0.6))
            process.kill()
            shown += _answers(process.stdout.read())
    with _asking(database.url, "rikke", CODES) as process:
        output, _ = process.communicate("go\n", timeout=60)
        shown += _answers(output)

    stored = _stored(database)
    assert len(stored) == len(CODES)
    assert len(shown) > len(CODES), "the kills came too early to show anything"
    assert all(stored[answer["id"]] == answer["value"] for answer in shown)
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 30
        log.verify(session)


def test_processes_that_ask_at_once_get_the_same_answers(database):
    with (
        _asking(database.url, "rikke", CODES) as one,
        _asking(database.url, "anne", CODES) as two,
        _asking(database.url, "rikke", CODES) as three,
    ):
        for process in (one, two, three):
            _go(process)
        outputs = [
            _answers(process.communicate(timeout=60)[0])
            for process in (one, two, three)
        ]

    assert outputs[0] == outputs[1] == outputs[2]
    assert len(outputs[0]) == len(CODES)
    with database.begin() as session:
        paid = session.execute(
            select(LedgerEntry.account, func.count()).group_by(LedgerEntry.account)
        ).all()
    assert dict(map(tuple, paid)) == {"rikke": 30, "anne": 30}


def test_two_processes_cannot_spend_one_budget_twice(database):
    other = [f"DI{number}" for number in range(10, 40)]
    with (
        _asking(database.url, "rikke", CODES) as one,
        _asking(database.url, "rikke", other) as two,
    ):
        for process in (one, two):
            _go(process)
        outputs = [process.communicate(timeout=60) for process in (one, two)]

    answered = sum(len(_answers(output)) for output, _ in outputs)
    assert answered == 40
    assert len(_stored(database)) == 40
