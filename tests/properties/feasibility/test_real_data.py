"""The index and the engine find the same persons in real and made-up warehouses.

The oracle reads every row of every person for each question, so it is asked about some
of the persons only.

warehouse
    A connection, its index, what its questions are made of, and the rows of the persons
    whom the oracle is asked about.
"""

import os
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from enclave.cohort.evaluation import persons
from enclave.feasibility.finding import index_of
from enclave.feasibility.index.search import find
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse
from tests.builders.index import cohort_of
from tests.properties.cohort import oracle
from tests.properties.feasibility.real_questions import Pool, questions


# Of each warehouse; `make check-index` asks for more.
EXAMPLES = int(os.environ.get("ENCLAVE_INDEX_EXAMPLES", "100")) // 5
FOR_THE_ORACLE = 60


@pytest.fixture(scope="module", params=["nafld", "omop", "synthetic"])
def warehouse(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "synthetic":
        source = synthesise(folder / "source", persons=600, seed=7, dirt=True).folder
    else:
        name = {"nafld": "nafld", "omop": "omop_gibleed"}[request.param]
        source = request.getfixturevalue("shared_data") / name
    made = Settings.at(folder / "home", runtime=str(folder / "run"))
    Warehouse(made).load(str(source), Mapping.load(request.param))
    snapshot = Warehouse(made).snapshot()
    with snapshot.connect() as connection:
        pool = Pool(connection)
        yield connection, index_of(snapshot), pool, *rows_of_some(connection)


def rows_of_some(connection):
    people = connection.sql("FROM person").to_arrow_table().to_pylist()
    every = max(1, len(people) // FOR_THE_ORACLE)
    own = defaultdict(list)
    found = connection.sql(f"FROM events WHERE person % {every} = 0")
    for row in found.to_arrow_table().to_pylist():
        own[row["person"]].append(row)
    some = [person for person in people if person["person"] % every == 0]
    return sorted(person["person"] for person in people), some, own


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(drawn=st.data())
def test_index_engine_and_oracle_agree_on_real_data(warehouse, drawn):
    connection, index, pool, keys, some, own = warehouse
    question = drawn.draw(questions(pool))
    found = cohort_of(find(question, index), keys)
    event(f"found: {'nobody' if not found else 'somebody'}")

    cohort = persons(question, connection).to_pydict()
    assert found == dict(zip(*cohort.values(), strict=True))

    document = question.model_dump(mode="json")
    expected = {}
    for person in some:
        expected |= oracle.find(document, [person], own[person["person"]])
    asked = {person["person"] for person in some}
    assert {key: day for key, day in found.items() if key in asked} == expected
