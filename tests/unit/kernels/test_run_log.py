import pytest

from enclave.archive.run_record import (
    Cause,
    CellRun,
    Failure,
    RunRecord,
    Software,
    Status,
    honest_name,
)
from enclave_kernels.run_log import CellCourse, RunLog, cause_of


@pytest.mark.parametrize(
    ("error", "message", "cause"),
    [
        ("ZeroDivisionError", "division by zero", Cause.ERROR),
        ("ModuleNotFoundError", "", Cause.MISSING_PACKAGE),
        ("ImportError", "", Cause.MISSING_PACKAGE),
        ("FileNotFoundError", "", Cause.MISSING_DATA),
        ("duckdb.duckdb.IOException", "", Cause.MISSING_DATA),
        ("gaierror", "[Errno -2] Name or service not known", Cause.NETWORK),
        ("OSError", "[Errno 101] Network is unreachable", Cause.NETWORK),
        ("OSError", "[Errno 28] No space left on device", Cause.ERROR),
        ("OSError", "he said [Errno 101]", Cause.ERROR),
        ("MemoryError", "", Cause.ERROR),
        ("", "", Cause.ERROR),
    ],
)
def test_an_error_is_classed_by_what_would_help(error, message, cause):
    assert cause_of(error, message) is cause


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ValueError", "ValueError"),
        ("pandas.errors.MergeError", "pandas.errors.MergeError"),
        ("HTTP404", "HTTP404"),
        ("Anna0101901234", "Error"),
        ("Anna Andersen", "Error"),
        ("010190-1234", "Error"),
        ("Fehler1234", "Error"),
        ("Sø", "Error"),
        ("A\nB", "Error"),
        ("", "Error"),
        ("X" * 65, "Error"),
    ],
)
def test_a_class_that_could_be_called_after_somebody_is_not_told(name, told):
    assert honest_name(name) == told
    assert Failure(cause=Cause.ERROR, error=name).error == told
    assert CellRun(index=0, status=Status.FAILED, raised=name).raised == told


def _log() -> RunLog:
    log = RunLog(cells=[CellCourse(0), CellCourse(2), CellCourse(5)])
    log.start(0)
    log.end(0, Status.COMPLETED)
    log.start(2)
    return log


def test_the_cell_that_ran_is_the_one_that_failed():
    log = _log()

    log.fail(Cause.TIMEOUT)

    assert log.failure == Failure(cause=Cause.TIMEOUT, cell=2)
    assert [c.status for c in log.cells] == [
        Status.COMPLETED,
        Status.FAILED,
        Status.PENDING,
    ]
    assert log.cells[2].seconds is None


def test_an_error_that_was_told_already_is_kept():
    log = _log()
    log.end(2, Status.FAILED, "KeyError")

    log.fail(Cause.ERROR)

    assert log.failure == Failure(cause=Cause.ERROR, cell=2, error="KeyError")


def test_before_the_first_cell_no_cell_failed():
    log = RunLog(cells=[CellCourse(0)])

    log.fail(Cause.DEAD_KERNEL)

    assert log.failure == Failure(cause=Cause.DEAD_KERNEL)
    assert log.cells[0].status is Status.PENDING


def test_each_change_is_told():
    told = []
    log = RunLog(cells=[CellCourse(3)], on_change=lambda c: told.append(c.status))

    log.start(3)
    log.end(3, Status.COMPLETED)

    assert told == [Status.RUNNING, Status.COMPLETED]


def _record(*statuses: Status, **changed) -> RunRecord:
    return RunRecord(
        **{
            "status": Status.COMPLETED,
            "cells": tuple(
                CellRun(index=i, status=status) for i, status in enumerate(statuses)
            ),
            "seconds": 1.0,
            "software": Software(kernel="python-2026.12"),
        }
        | changed
    )


@pytest.mark.parametrize("cell", [Status.FAILED, Status.PENDING, Status.RUNNING])
def test_a_run_is_complete_only_if_every_cell_is(cell):
    assert _record(Status.COMPLETED, Status.COMPLETED).completed
    assert not _record(Status.COMPLETED, cell).completed
    assert not _record(Status.COMPLETED, failure=Failure(cause=Cause.ERROR)).completed
    assert not _record(Status.COMPLETED, status=Status.FAILED).completed


@pytest.mark.parametrize(
    ("cell", "injected", "number"),
    [(None, None, None), (0, None, 1), (4, None, 5), (4, 2, 4), (1, 2, 2)],
)
def test_a_failed_cell_is_counted_as_in_the_source(cell, injected, number):
    failure = Failure(cause=Cause.ERROR, cell=cell)

    assert _record(failure=failure, injected=injected).failed_cell == number


@pytest.mark.parametrize(
    "forged",
    [
        {"status": "pending"},
        {"seconds": float("inf")},
        {"seconds": -1.0},
        {"version": 2},
        {"output": "a patient"},
        {"cells": [{"index": -1, "status": "completed"}]},
        {"cells": [{"index": 0, "status": "completed", "text": "a patient"}]},
        {"software": {"kernel": "x" * 201}},
        {"software": {"kernel": "x", "environment": {"A": "x" * 201}}},
        {"cells": [{"index": 0, "status": "completed"}] * 10_001},
    ],
)
def test_a_record_from_the_sandbox_is_checked(forged):
    document = _record(Status.COMPLETED).model_dump(mode="json")
    RunRecord.model_validate(document)

    with pytest.raises(ValueError, match="validation error"):
        RunRecord.model_validate(document | forged)
