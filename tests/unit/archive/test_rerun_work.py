"""Which re-runs are tried with a fork, and how long that may take."""

from datetime import timedelta

import pytest

from enclave.archive.rerun_work import is_worth_forking, limits_of_forks
from enclave.archive.run_record import RunRecord, Software
from enclave.archive.run_times import RunTimes
from enclave.archive.sandbox_run import LIMITS
from tests.builders.projects import NOW


def _archived(seconds: float) -> RunTimes:
    record = RunRecord(
        status="completed", seconds=seconds, software=Software(kernel="python-2026.12")
    )
    ended = NOW + timedelta(seconds=seconds)
    return RunTimes(started=NOW, ended=ended, record=record)


@pytest.mark.parametrize(("took", "at_most"), [(0, 60), (10, 100), (120, 540)])
def test_a_fork_has_a_few_times_as_long_as_the_archived_run(took, at_most):
    assert limits_of_forks(_archived(took)).wall_seconds == at_most
    assert at_most < LIMITS.wall_seconds


@pytest.mark.parametrize(("took", "worth"), [(3, True), (120, True), (121, False)])
def test_what_takes_long_is_not_run_twice_to_save_seconds(took, worth):
    assert is_worth_forking(_archived(took)) == worth
