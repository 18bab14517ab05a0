"""How long a forked run may take before a cold one is started instead."""

from datetime import timedelta

import pytest

from enclave.archive.rerun_work import limits_of_forks
from enclave.archive.run_record import RunRecord, Software
from enclave.archive.run_times import RunTimes
from enclave.archive.sandbox_run import LIMITS
from tests.builders.projects import NOW


@pytest.mark.parametrize(
    ("took", "at_most"),
    [(0, 60), (10, 100), (5 * 3600, LIMITS.wall_seconds)],
)
def test_a_fork_never_has_longer_than_a_cold_run(took, at_most):
    record = RunRecord(
        status="completed", seconds=took, software=Software(kernel="python-2026.12")
    )
    ended = NOW + timedelta(seconds=took)
    archived = RunTimes(started=NOW, ended=ended, record=record)

    assert limits_of_forks(archived).wall_seconds == at_most
