"""Signals of one sandbox do not reach another, though both have one account."""

import time

import pytest

from enclave.sandbox.bubblewrap import launch
from tests.builders.sandbox import a_sandbox, run_shell


pytestmark = pytest.mark.sandbox


def test_who_kills_everything_kills_only_their_own():
    with launch(a_sandbox(["/usr/bin/sleep", "60"])) as neighbour:
        time.sleep(0.2)
        # -1 is everything that one may send a signal to.
        outcome = run_shell("kill -9 -1; echo still here")

        assert neighbour.monitor.poll() is None
    assert outcome.exit_code != 0 or "still here" in outcome.output


def test_no_number_names_a_process_of_outside():
    with launch(a_sandbox(["/usr/bin/sleep", "60"])) as neighbour:
        outcome = run_shell(f"kill -9 {neighbour.pid}; echo $?")

        assert neighbour.monitor.poll() is None
    assert "No such process" in outcome.output
