"""The index, the engine and the oracle find the same persons, whatever the question."""

import os
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from enclave.cohort.evaluation import persons
from enclave.feasibility.index import members, shards
from enclave.feasibility.index.search import find
from enclave.feasibility.index.support import knows
from tests.builders.cohort import a_snapshot
from tests.builders.index import an_index, cohort_of
from tests.properties.cohort import oracle
from tests.properties.cohort.generation import hospitals, questions


# More threads cost more than they help with so few rows.
CONNECTION, WRITER = (duckdb.connect(config={"threads": 1}) for _ in range(2))
# Asked of each made-up hospital, whose index takes longer to build than to ask.
AT_ONCE = 10
# The ordinary run takes seconds; `make check-index` asks 10,500 questions.
EXAMPLES = int(os.environ.get("ENCLAVE_INDEX_EXAMPLES", "300")) // AT_ONCE


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    hospital=hospitals,
    asked=st.lists(questions(), min_size=AT_ONCE, max_size=AT_ONCE),
    split=st.booleans(),
    parts=st.sampled_from([1, 2, 3]),
    many=st.sampled_from([0, 2, 64]),
)
def test_index_engine_and_oracle_agree(counted, hospital, asked, split, parts, many):
    # However few events there are, they are read in shards.
    shards.WORTH_IT, shards.PARTS = (0 if parts > 1 else 60_000), parts
    # However few persons there are, sets of few of them are held as such.
    members.MANY = many
    people, events = hospital
    keys = [person["person"] for person in people]
    connection = a_snapshot(people, events, CONNECTION)
    with tempfile.TemporaryDirectory() as folder:
        index = an_index(people, events, Path(folder), WRITER, split=split)
        for question in asked:
            event(f"known to the index: {knows(question)}")
            if not knows(question):
                counted.add("index", known=False, somebody=False)
                continue  # the engine answers it
            expected = oracle.find(question.model_dump(mode="json"), people, events)
            found = cohort_of(find(question, index), keys)

            assert found == expected
            assert found == in_engine(question, connection)
            counted.add("index", known=True, somebody=bool(found))


def in_engine(question, connection):
    return dict(zip(*persons(question, connection).to_pydict().values(), strict=True))
