"""Why an analysis was not archived, in Danish as well."""

import inspect

import pytest

from enclave.archive import bundle, jobs, rerun_request, run_times, shelf
from enclave.archive.examination import belief
from enclave.archive.run_record import Failure, RunRecord, Software
from enclave.archive.run_times import RunTimes, in_words
from enclave.archive.underway import _DANISH, in_danish
from tests.builders.projects import NOW


def refusal(cell):
    record = RunRecord(
        status="failed",
        failure=Failure(cause="missing_package", cell=cell, error="ImportError"),
        seconds=1,
        software=Software(kernel="python-2026.11"),
    )
    times = RunTimes(started=NOW, ended=NOW, record=record)
    return (
        "The analysis is not archived, because it did not run cleanly:"
        f" {in_words(times)}. Run it in the workspace from a fresh kernel until it"
        " does, then submit it again."
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [(6, "celle 7 fejlede (missing package"), (None, "før sin første celle")],
)
def test_cell_and_cause_are_said_in_danish(cell, words):
    said = in_danish(refusal(cell))
    assert words in said
    assert said.startswith("Analysen er ikke arkiveret")
    assert said.endswith("aflevér den igen.")


def test_what_is_not_known_stays_as_it_is():
    assert in_danish("The disk is full. Make room.") == "The disk is full. Make room."


def test_every_sentence_is_said_by_the_code():
    said_by = (bundle, run_times, shelf, rerun_request, jobs, belief)
    code = "".join(map(inspect.getsource, said_by))
    for english in _DANISH.sentences:
        for piece in english.split("{}"):
            first = " ".join(piece.strip(" :().").split()[:2])
            assert first in code
