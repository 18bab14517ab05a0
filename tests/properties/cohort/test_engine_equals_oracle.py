"""The engine and the oracle find the same persons, whatever the question."""

import os

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from enclave.cohort.evaluation import persons
from enclave.cohort.question import Question
from tests.builders.cohort import a_snapshot
from tests.properties.cohort.generation import (
    ANCESTORS,
    hospitals,
    periods,
    questions,
)
from tests.properties.cohort.oracle import find


CONNECTION = duckdb.connect()
# The ordinary run takes seconds; ENCLAVE_COHORT_EXAMPLES=10000 takes a coffee.
EXAMPLES = int(os.environ.get("ENCLAVE_COHORT_EXAMPLES", "100"))


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(hospital=hospitals, question=questions(), data=st.data())
def test_engine_and_oracle_agree(hospital, question, data):
    people, events = hospital
    followed = data.draw(periods(len(people)))
    asked = question.model_dump(mode="json")
    expected = find(asked, people, events, ANCESTORS, followed)
    event(f"in the cohort: {'nobody' if not expected else 'somebody'}")
    event(f"left out: {'nobody' if len(expected) == len(people) else 'somebody'}")

    snapshot = a_snapshot(people, events, CONNECTION, ANCESTORS, followed)
    found = persons(question, snapshot)

    assert dict(zip(*found.to_pydict().values(), strict=True)) == expected
    assert found["person"].to_pylist() == sorted(expected)


@settings(max_examples=100, deadline=None)
@given(question=questions())
def test_question_reads_back_as_it_was_written(question):
    text = question.model_dump_json()
    again = Question.model_validate_json(text)

    assert again == question
    assert again.model_dump_json() == text
    assert again.digest == question.digest
    assert Question.model_validate(question.model_dump(mode="json")) == question
