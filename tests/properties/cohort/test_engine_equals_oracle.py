"""The engine and the oracle find the same persons, whatever the question."""

import os

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings

from enclave.cohort.evaluation import persons
from enclave.cohort.question import Question
from tests.builders.cohort import a_snapshot
from tests.properties.cohort.generation import ANCESTORS, hospitals, questions
from tests.properties.cohort.oracle import find


CONNECTION = duckdb.connect()
# The ordinary run takes seconds; ENCLAVE_COHORT_EXAMPLES=10000 takes a coffee.
EXAMPLES = int(os.environ.get("ENCLAVE_COHORT_EXAMPLES", "300"))


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(hospital=hospitals, question=questions())
def test_engine_and_oracle_agree(hospital, question):
    people, events = hospital
    expected = find(question.model_dump(mode="json"), people, events, ANCESTORS)
    event(f"in the cohort: {'nobody' if not expected else 'somebody'}")
    event(f"left out: {'nobody' if len(expected) == len(people) else 'somebody'}")

    found = persons(
        question, a_snapshot(people, events, CONNECTION, ancestors=ANCESTORS)
    )

    assert dict(zip(*found.to_pydict().values(), strict=True)) == expected
    assert found["person"].to_pylist() == sorted(expected)


@settings(max_examples=200, deadline=None)
@given(question=questions())
def test_question_reads_back_as_it_was_written(question):
    text = question.model_dump_json()
    again = Question.model_validate_json(text)

    assert again == question
    assert again.model_dump_json() == text
    assert again.digest == question.digest
    assert Question.model_validate(question.model_dump(mode="json")) == question
