"""Questions on real and public data: the engine, the oracle and the source agree."""

import csv
import gzip
from collections import defaultdict

import pytest

from enclave.cohort.attrition import steps
from enclave.cohort.evaluation import persons
from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.feasibility.counting import count
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.properties.cohort.oracle import find


def event(system, *patterns, **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns), **fields)


def within(criterion, from_days, to_days):
    return Within(criterion=criterion, from_days=from_days, to_days=to_days)


FATTY_LIVER = event("nafld-event", "nafld")
HEART = event("nafld-event", "MI", "ang*", "heart*", "!ang/x")
LOW_HDL = event(
    "nafld-test", "hdl", value=Comparison(operator="<", threshold=40, unit="mg/dL")
)
NAFLD = {
    "adults with fatty liver and no heart disease before": Question(
        population=Population(age=AgeRange(minimum=18, maximum=64, at="index")),
        index=FATTY_LIVER,
        criteria=(Not(criterion=within(HEART, None, -1)),),
    ),
    "low HDL at least twice in the year round the diagnosis": Question(
        population=Population(sex="female", alive_at="index"),
        index=FATTY_LIVER,
        criteria=(
            within(LOW_HDL.model_copy(update={"at_least": 2}), -365, 365),
            AnyOf(
                criteria=(
                    event("nafld-event", "diabetes", "htn"),
                    within(
                        event("nafld-test", "sbp", value=Between(lower=140, upper=180)),
                        0,
                        None,
                    ),
                )
            ),
        ),
    ),
    "three smoking records and never a stroke": Question(
        population=Population(born=DateRange(start="1930-01-01")),
        criteria=(
            AllOf(
                criteria=(
                    event(None, "smoke", table="lab", at_least=3),
                    Not(criterion=event("nafld-event", "stroke")),
                )
            ),
        ),
    ),
}
NSAID = event("OMOP", "1118084", "1124300")
BLEEDING = event("OMOP", "192671", table="condition")
GIBLEED = {
    "first bleeding within ninety days of an anti-inflammatory drug": Question(
        population=Population(age=AgeRange(minimum=18, at="index")),
        index=NSAID,
        criteria=(
            within(BLEEDING, 1, 90),
            Not(criterion=within(BLEEDING, None, 0)),
        ),
    ),
    "many infections before 1990, alive in 2000": Question(
        population=Population(sex="male", alive_at="2000-01-01"),
        criteria=(
            event("OMOP", "40481087", at_least=4, dates=DateRange(end="1989-12-31")),
            Not(criterion=BLEEDING),
        ),
    ),
}


def load(folder, source, mapping):
    settings = Settings.at(folder / "home", runtime=str(folder / "run"))
    Warehouse(settings).load(str(source), Mapping.load(mapping))
    return Warehouse(settings).snapshot()


@pytest.fixture(scope="module")
def nafld(shared_data, tmp_path_factory):
    return load(tmp_path_factory.mktemp("nafld"), shared_data / "nafld", "nafld")


@pytest.fixture(scope="module")
def gibleed(shared_data, tmp_path_factory):
    return load(tmp_path_factory.mktemp("omop"), shared_data / "omop_gibleed", "omop")


def by_oracle(question, connection, every):
    """Ask the oracle about every n-th person, each with their own events."""
    document = question.model_dump(mode="json")
    own = defaultdict(list)
    for row in (
        connection.sql(f"FROM events WHERE person % {every} = 0")
        .to_arrow_table()
        .to_pylist()
    ):
        own[row["person"]].append(row)
    found = {}
    for person in connection.sql("FROM person").to_arrow_table().to_pylist():
        if person["person"] % every == 0:
            found |= find(document, [person], own[person["person"]])
    return found


def agree(question, snapshot, every):
    with snapshot.connect() as connection:
        cohort = persons(question, connection).to_pydict()
        expected = by_oracle(question, connection, every)
    found = dict(zip(*cohort.values(), strict=True))
    assert {key: found[key] for key in found if key % every == 0} == expected
    # A question that finds nobody, or everybody, would compare nothing.
    assert len(expected) > 5
    assert len(found) < snapshot.manifest.tables["person"].rows


@pytest.mark.parametrize("question", NAFLD.values(), ids=NAFLD)
def test_engine_and_oracle_agree_on_nafld(question, nafld):
    agree(question, nafld, every=4)


@pytest.mark.parametrize("question", GIBLEED.values(), ids=GIBLEED)
def test_engine_and_oracle_agree_on_gibleed(question, gibleed):
    agree(question, gibleed, every=1)


def source_rows(path):
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def test_persons_with_a_diagnosis_are_those_of_the_source(nafld, shared_data):
    known = {row["id"] for row in source_rows(shared_data / "nafld" / "nafld1.csv.gz")}
    # Events of persons who are not in the table of persons, and events without a day,
    # are not in the warehouse.
    ill = {
        row["id"]
        for row in source_rows(shared_data / "nafld" / "nafld3.csv.gz")
        if row["event"] == "nafld" and row["id"] in known and row["days"]
    }

    assert count(Question(index=FATTY_LIVER), nafld) == len(ill) == 3_851


def test_attrition_on_nafld_narrows_to_the_count(nafld):
    question = NAFLD["low HDL at least twice in the year round the diagnosis"]

    numbers = [count(step.question, nafld) for step in steps(question)]

    assert numbers[0] == 17_549
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == count(question, nafld) > 0


def test_descendants_are_those_of_the_source(gibleed, shared_data):
    folder, disorder = shared_data / "omop_gibleed", "4180628"
    below = {
        row["DESCENDANT_CONCEPT_ID"]
        for row in source_rows(folder / "concept_ancestor.csv.gz")
        if row["ANCESTOR_CONCEPT_ID"] == disorder
    }
    known = {row["PERSON_ID"] for row in source_rows(folder / "person.csv.gz")}
    ill = {
        row["person_id"]
        for row in source_rows(folder / "condition_occurrence.csv.gz")
        if row["condition_concept_id"] in below and row["person_id"] in known
    }

    assert count(Question(index=event("OMOP", f"{disorder}+")), gibleed) == len(ill) > 5
    assert count(Question(index=event("OMOP", disorder)), gibleed) == 0
