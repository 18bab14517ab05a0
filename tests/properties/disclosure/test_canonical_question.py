"""One form means one cohort, and rewriting a question does not change its form."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.canonical import digest
from enclave.cohort.evaluation import persons
from enclave.cohort.question import Question
from enclave.disclosure.canonical_question import canonical_form
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from tests.builders.cohort import a_person, a_snapshot, an_event
from tests.builders.disclosure import (
    all_of,
    any_of,
    but_not,
    event,
    lab,
    period,
    within,
)


QUARTERS = [date(2019, 1, 1), date(2019, 7, 1), date(2020, 1, 1), date(2020, 7, 1)]
FEW = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(scope="module")
def snapshot():
    """Two hundred persons, with results above, below and across the limits."""
    random = np.random.default_rng(11)
    events = []
    for person in range(200):
        for _ in range(random.integers(0, 6)):
            day = date(2018, 10, 1) + timedelta(days=int(random.integers(0, 900)))
            if random.random() < 0.6:
                code = random.choice(["DE10", "DE110", "DE119", "DI21"])
                events.append(an_event(person, code=str(code), date=day))
            else:
                events.append(
                    an_event(
                        person,
                        code="NPU19748",
                        code_system="NPU",
                        date=day,
                        value=float(random.choice([2, 5, 7, 10, 30])),
                        operator=str(random.choice(["=", "<", ">"])),
                    )
                )
    return a_snapshot([a_person(person) for person in range(200)], events)


codes = st.lists(
    st.sampled_from(["DE10", "DE11", "DI21"]), min_size=1, max_size=2, unique=True
)
periods = st.none() | st.lists(
    st.sampled_from(QUARTERS), min_size=2, max_size=2, unique=True
).map(lambda days: period(min(days), max(days) - timedelta(days=1)))
diagnoses = st.builds(lambda some, dates: event(*some, dates=dates), codes, periods)
results = st.builds(
    lambda operator, limit: lab(operator=operator, threshold=limit),
    st.sampled_from(["<", ">="]),
    st.sampled_from([5.0, 10.0]),
)
windows = st.sampled_from(
    [(None, -1), (-90, 0), (0, 90), (0, None), (90, 365), (1, 90)]
)


@st.composite
def questions(draw):
    """Questions of the open grammar with up to four criteria, nested freely."""
    index = draw(st.none() | diagnoses)
    leaf = diagnoses | results
    if index is not None:
        leaf |= st.builds(lambda one, days: within(one, *days), leaf, windows)
    parts = draw(st.lists(leaf, min_size=1, max_size=4))
    while len(parts) > 1:
        one, other = parts.pop(), parts.pop()
        combine = draw(st.sampled_from([all_of, any_of]))
        parts.insert(0, combine(one, draw(st.sampled_from([other, but_not(other)]))))
    return Question(index=index, criteria=tuple(parts))


@st.composite
def rewritten(draw):
    """A question, and the same in other words."""
    question = draw(questions())
    [criterion] = question.criteria
    for _ in range(draw(st.integers(1, 3))):
        criterion = draw(st.sampled_from(REWRITINGS))(criterion)
    return question, question.model_copy(update={"criteria": (criterion,)})


def _reversed(criterion):
    if criterion.kind in {"all_of", "any_of"}:
        parts = tuple(_reversed(part) for part in criterion.criteria[::-1])
        return criterion.model_copy(update={"criteria": parts})
    return criterion


def _by_de_morgan(criterion):
    if criterion.kind not in {"all_of", "any_of"}:
        return criterion
    other = any_of if criterion.kind == "all_of" else all_of
    return but_not(other(*(but_not(part) for part in criterion.criteria)))


REWRITINGS = [
    _reversed,
    _by_de_morgan,
    lambda criterion: but_not(but_not(criterion)),
    lambda criterion: all_of(criterion, criterion),
    lambda criterion: any_of(criterion, all_of(criterion, event("DI21"))),
    lambda criterion: all_of(criterion, any_of(event("DI21"), but_not(event("DI21")))),
    lambda criterion: any_of(
        all_of(criterion, event("DE10")), all_of(criterion, but_not(event("DE10")))
    ),
]


@given(pair=rewritten())
@settings(max_examples=300, deadline=None)
def test_other_words_have_the_same_form(pair):
    question, other = pair

    assert canonical_form(question) == canonical_form(other)


@given(some=st.lists(questions(), min_size=2, max_size=6))
@FEW
def test_questions_of_one_form_have_one_cohort(snapshot, some):
    cohorts: dict[str, list[int]] = {}
    for question in some:
        found = persons(question, snapshot).column("person").to_pylist()

        assert cohorts.setdefault(digest(canonical_form(question)), found) == found


@given(pair=rewritten())
@FEW
def test_other_words_have_the_same_cohort(snapshot, pair):
    question, other = pair

    assert persons(question, snapshot).equals(persons(other, snapshot))


@given(question=questions())
@settings(max_examples=100, deadline=None)
def test_what_is_drawn_here_may_be_asked(question):
    assert refusals(question, policy().grammar.model_copy(update={"depth": 4})) == []
