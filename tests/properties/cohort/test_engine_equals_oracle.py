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


# More threads cost more than they help with so few rows.
CONNECTION = duckdb.connect(config={"threads": 1})
# Asked of each made-up hospital.
AT_ONCE = 4
# The ordinary run takes seconds; `make check-index` asks 10,500 questions.
EXAMPLES = int(os.environ.get("ENCLAVE_COHORT_EXAMPLES", "100")) // AT_ONCE


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    hospital=hospitals,
    asked=st.lists(questions(), min_size=AT_ONCE, max_size=AT_ONCE),
    data=st.data(),
)
def test_engine_and_oracle_agree(counted, hospital, asked, data):
    people, events = hospital
    followed = data.draw(periods(len(people)))
    snapshot = a_snapshot(people, events, CONNECTION, ANCESTORS, followed)
    for question in asked:
        document = question.model_dump(mode="json")
        expected = find(document, people, events, ANCESTORS, followed)
        event(f"in the cohort: {'nobody' if not expected else 'somebody'}")
        event(f"left out: {'nobody' if len(expected) == len(people) else 'somebody'}")

        found = persons(question, snapshot)

        assert dict(zip(*found.to_pydict().values(), strict=True)) == expected
        assert found["person"].to_pylist() == sorted(expected)
        counted.add("engine", somebody=bool(expected))


@settings(max_examples=100, deadline=None)
@given(question=questions())
def test_question_reads_back_as_it_was_written(question):
    text = question.model_dump_json()
    again = Question.model_validate_json(text)

    assert again == question
    assert again.model_dump_json() == text
    assert again.digest == question.digest
    assert Question.model_validate(question.model_dump(mode="json")) == question
