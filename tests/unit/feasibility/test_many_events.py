"""Persons with more events than the loops read at once, and with so many as they skip.

The made-up hospitals of the property tests are small. These persons have from none to a
hundred events of a code, and the oracle says what is to be found.
"""

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from enclave.cohort.question import (
    AgeRange,
    Around,
    CodeList,
    Comparison,
    EventCriterion,
    Not,
    Population,
    Question,
    Sequence,
    Within,
)
from enclave.cohort.question import DateRange as Days
from enclave.feasibility.index import shards
from enclave.feasibility.index.search import find
from tests.builders.cohort import a_person, an_event
from tests.builders.index import an_index, cohort_of
from tests.properties.cohort import oracle


PEOPLE = 260
HOW_MANY = (0, 0, 0, 0, 1, 2, 3, 4, 5, 8, 9, 17, 18, 40, 100)
START = date(2010, 1, 1)
DAYS = 4_000
ILL = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
RESULT = EventCriterion(codes=CodeList.of("NPU", "NPU1"))
HIGH = RESULT.model_copy(update={"value": Comparison(operator=">", threshold=7)})
OFTEN = RESULT.model_copy(update={"at_least": 3})
ADULTS = Population(age=AgeRange(minimum=40, maximum=60, at="index"))
A_YEAR = Days(start=date(2014, 1, 1), end=date(2014, 12, 31))
QUESTIONS = {
    "on days": Question(criteria=(RESULT.model_copy(update={"dates": A_YEAR}),)),
    "high on days": Question(criteria=(HIGH.model_copy(update={"dates": A_YEAR}),)),
    "often on days": Question(criteria=(OFTEN.model_copy(update={"dates": A_YEAR}),)),
    "first": Question(index=ILL),
    "first high": Question(index=HIGH, criteria=(Not(criterion=ILL),)),
    "window": Question(
        index=ILL, criteria=(Within(criterion=HIGH, from_days=-30, to_days=60),)
    ),
    "often in a window": Question(
        population=ADULTS,
        index=ILL,
        criteria=(Within(criterion=OFTEN, from_days=0, to_days=365),),
    ),
    "around": Question(
        criteria=(Around(criterion=HIGH, anchor=ILL, from_days=1, to_days=9),)
    ),
    "in order": Question(
        criteria=(Sequence(steps=(ILL, HIGH, ILL), from_days=1, to_days=20),)
    ),
}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    random = np.random.default_rng(11)
    people = [
        a_person(1 + n, birth_date=date(1940 + n % 60, 6, 1)) for n in range(PEOPLE)
    ]
    events = [event for each in people for event in events_of(each["person"], random)]
    folder = tmp_path_factory.mktemp("index")
    return people, events, an_index(people, events, folder, duckdb.connect())


def events_of(person, random):
    lab = {"table": "lab", "code_system": "NPU"}
    for code, columns in (("DE110", {}), ("DE119", {}), ("NPU1", lab)):
        for _ in range(random.choice(HOW_MANY)):
            day = START + timedelta(days=int(random.integers(0, DAYS)))
            value = float(random.integers(1, 10)) if columns else None
            yield an_event(person, code, date=day, value=value, **columns)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("name", QUESTIONS)
def test_whoever_the_oracle_finds_is_found(hospital, name, parts, monkeypatch):
    monkeypatch.setattr(shards, "WORTH_IT", 0)
    monkeypatch.setattr(shards, "PARTS", parts)
    people, events, index = hospital
    asked = QUESTIONS[name]
    index.cache.clear()

    found = cohort_of(find(asked, index), [person["person"] for person in people])

    assert found == oracle.find(asked.model_dump(mode="json"), people, events)
    assert 0 < len(found) < PEOPLE
