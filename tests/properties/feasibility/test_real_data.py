"""Index, engine and oracle find the same persons in real and made-up warehouses.

Of a question that the index leaves to the engine, engine and oracle are compared.

The oracle reads every row of every person for each question, so it is asked about some
of the persons only.

warehouse
    A connection, its index, what its questions are made of, and the rows of the persons
    whom the oracle is asked about.
"""

import os
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from enclave.cohort.evaluation import persons
from enclave.cohort.question import EventCriterion
from enclave.feasibility.cohorts import index_of
from enclave.feasibility.descendants import with_codes_named
from enclave.feasibility.index.search import find
from enclave.feasibility.index.support import knows
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse
from tests.builders.index import cohort_of
from tests.properties.cohort import oracle
from tests.properties.feasibility.real_events import Pool
from tests.properties.feasibility.real_questions import questions


# Of each of the three warehouses; `make check-index` asks for 10,500 in all.
WISHED = os.environ.get("ENCLAVE_INDEX_EXAMPLES")
EXAMPLES = int(WISHED or "60") // 3
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
        # More threads cost more than they help with so few rows.
        connection.execute("SET threads = 1")
        pool = Pool(connection)
        index = index_of(snapshot), snapshot
        yield connection, index, pool, *rows_of_some(connection), request.param


def rows_of_some(connection):
    people = connection.sql("FROM person").to_arrow_table().to_pylist()
    every = max(1, len(people) // FOR_THE_ORACLE)
    own = defaultdict(list)
    found = connection.sql(f"FROM events WHERE person % {every} = 0")
    for row in found.to_arrow_table().to_pylist():
        own[row["person"]].append(row)
    some = [person for person in people if person["person"] % every == 0]
    periods = connection.sql(f"FROM observed WHERE person % {every} = 0")
    periods = periods.to_arrow_table().to_pylist()
    return sorted(person["person"] for person in people), some, own, periods


def below_what_is_asked(question, ancestors):
    """Leave out the codes below others that a question does not ask about."""
    asked = {
        entry.code
        for _, node in question.walk()
        if isinstance(node, EventCriterion) and node.codes.has_descendants
        for entry in node.codes.entries
    }
    return [row for row in ancestors if row["ancestor"] in asked]


@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # The same questions each time, except where many are wished for.
    derandomize=WISHED is None,
    # Making such large questions smaller takes longer than reading them, and its end
    # hides what was wrong.
    phases=[Phase.generate],
)
@given(drawn=st.data())
def test_readings_agree_on_real_data(warehouse, counted, drawn):
    connection, (index, snapshot), pool, keys, some, own, periods, name = warehouse
    question = drawn.draw(questions(pool))
    cohort = persons(question, connection).to_pydict()
    found = dict(zip(*cohort.values(), strict=True))
    event(f"found: {'nobody' if not found else 'somebody'}")
    named = with_codes_named(question, snapshot)
    event(f"known to the index: {knows(named)}")
    for _, node in question.walk():
        event(f"asks for: {node.kind}")

    if knows(named):
        assert cohort_of(find(named, index), keys) == found

    document = question.model_dump(mode="json")
    below = below_what_is_asked(question, pool.ancestors)
    expected = {}
    for person in some:
        expected |= oracle.find(
            document, [person], own[person["person"]], below, periods
        )
    asked = {person["person"] for person in some}
    assert {key: day for key, day in found.items() if key in asked} == expected
    counted.add(name, known=knows(named), somebody=bool(found), persons=len(keys))
