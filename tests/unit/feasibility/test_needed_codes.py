"""Who lacks a code that a question needs is not looked at, and nothing is mixed up."""

from datetime import date
from itertools import permutations

import duckdb
import pytest

from enclave.cohort.population import AgeRange, Population
from enclave.cohort.question import CodeList, EventCriterion, Question, Within
from enclave.feasibility.index.search import find
from tests.builders.cohort import a_person, an_event
from tests.builders.index import an_index, cohort_of


KEYS = range(1, 13)
# Of each code, who has it and on which days.
ILL = {key: [date(2019, 1, key), date(2020, 1, 1)] for key in KEYS}
TREATED = {key: [date(2019, 2, 1)] for key in KEYS if key % 2}
SEEN = {key: [date(2019, 3, 1)] for key in KEYS if key % 3 == 0}
AGED = Population(age=AgeRange(minimum=18, maximum=90, at="index"))


def event(code):
    return EventCriterion(codes=CodeList.of("SKS", code))


def within(code, days):
    return Within(criterion=event(code), from_days=0, to_days=days)


def question(*criteria, population=AGED):
    return Question(index=event("DE11*"), population=population, criteria=criteria)


ASKED = {
    "nothing else": (question(), [*KEYS]),
    "treated": (question(within("BT*", 60)), [1, 3, 5, 7, 9, 11]),
    "treated and seen": (question(within("BT*", 60), event("BS1")), [3, 9]),
    "treated soon": (question(within("BT*", 25)), [7, 9, 11]),
    "of any age": (question(event("BS1"), population=Population()), [3, 6, 9, 12]),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    days = {"DE110": ILL, "BT1": TREATED, "BS1": SEEN}
    events = [
        an_event(key, code, date=day)
        for code, people in days.items()
        for key, each in people.items()
        for day in each
    ]
    people = [a_person(key, birth_date=date(1980, 1, 1)) for key in KEYS]
    return an_index(people, events, tmp_path_factory.mktemp("index"), duckdb.connect())


@pytest.mark.parametrize("order", [*permutations(ASKED)][::12])
def test_what_was_found_for_one_question_answers_no_other(index, order):
    index.cache.clear()
    for name in order:
        asked, expected = ASKED[name]

        found = cohort_of(find(asked, index), [*KEYS])

        assert found == {key: ILL[key][0] for key in expected}, name
