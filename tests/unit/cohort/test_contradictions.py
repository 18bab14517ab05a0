"""What nobody can ever meet is found without looking at any data."""

import pytest

from enclave.cohort import contradictions
from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    CodeList,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)


DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
OTHER = EventCriterion(codes=CodeList.of("SKS", "DI10*"))


def found(rule, question):
    return [(each.severity, each.path) for each in rule(question)]


def people(**fields):
    return Question(population=Population(**fields))


@pytest.mark.parametrize(
    ("age", "born", "expected"),
    [
        # Born on 1 January 2000 or later: at most 20 on the day.
        ({"minimum": 20}, {"start": "2000-01-01"}, 0),
        ({"minimum": 21}, {"start": "2000-01-01"}, 1),
        # Born by 1 January 2000: at least 20.
        ({"maximum": 20}, {"end": "2000-01-01"}, 0),
        ({"maximum": 19}, {"end": "2000-01-01"}, 1),
        ({"maximum": 0}, {"end": "2000-01-01"}, 1),
        ({"minimum": 0, "maximum": 130}, {"start": "1990-01-01"}, 0),
        # The day before the twentieth birthday.
        ({"maximum": 19}, {"end": "2000-01-02"}, 0),
    ],
)
def test_ages_that_the_birth_dates_rule_out(age, born, expected):
    question = people(age=AgeRange(**age, at="2020-01-01"), born=DateRange(**born))

    findings = found(contradictions.ages_and_births, question)

    assert findings == [("error", "population.age")] * expected


def test_age_at_the_index_event_is_no_contradiction():
    question = Question(
        population=Population(
            age=AgeRange(minimum=90, at="index"), born=DateRange(start="2000-01-01")
        ),
        index=DIABETES,
    )

    assert found(contradictions.ages_and_births, question) == []


def test_alive_and_events_before_everybody_is_born():
    late = DIABETES.model_copy(update={"dates": DateRange(end="1999-12-31")})
    in_time = DIABETES.model_copy(update={"dates": DateRange(end="2000-01-01")})
    question = Question(
        population=Population(
            born=DateRange(start="2000-01-01"), alive_at="1999-12-31"
        ),
        index=in_time,
        criteria=(Not(criterion=late), DIABETES),
    )

    assert found(contradictions.before_birth, question) == [
        ("error", "population.alive_at"),
        ("error", "criteria[0].criterion.dates"),
    ]
    assert found(contradictions.before_birth, people(alive_at="1999-12-31")) == []
    assert (
        found(
            contradictions.before_birth,
            people(born=DateRange(start="2000-01-01"), alive_at="2000-01-01"),
        )
        == []
    )


def test_criterion_and_its_opposite_in_one_group():
    opposite = Not(criterion=DIABETES)
    question = Question(
        criteria=(
            opposite,
            OTHER,
            DIABETES,
            AllOf(criteria=(OTHER, Not(criterion=OTHER))),
            AnyOf(criteria=(DIABETES, opposite)),
        )
    )

    assert found(contradictions.criterion_and_its_opposite, question) == [
        ("error", "criteria[0]"),
        ("error", "criteria[3].criteria[1]"),
    ]


@pytest.mark.parametrize(
    ("window", "ruled_out"),
    [
        ((0, 30), True),
        ((-30, 0), True),
        ((None, 0), True),
        ((0, None), True),
        ((None, -1), False),
        ((1, None), False),
        ((-30, -1), False),
        ((1, 30), False),
    ],
)
def test_index_event_ruled_out_by_a_window(window, ruled_out):
    criterion = Not(
        criterion=Within(criterion=DIABETES, from_days=window[0], to_days=window[1])
    )
    question = Question(index=DIABETES, criteria=(OTHER, criterion))

    assert found(contradictions.index_ruled_out, question) == (
        [("error", "criteria[1]")] if ruled_out else []
    )


def test_index_event_ruled_out_altogether():
    question = Question(index=DIABETES, criteria=(Not(criterion=DIABETES),))
    fine = Question(index=DIABETES, criteria=(Not(criterion=OTHER),))
    without_index = Question(criteria=(Not(criterion=DIABETES),))

    assert found(contradictions.index_ruled_out, question) == [("error", "criteria[0]")]
    assert found(contradictions.index_ruled_out, fine) == []
    assert found(contradictions.index_ruled_out, without_index) == []


def test_repeated_criteria():
    question = Question(
        criteria=(DIABETES, AnyOf(criteria=(DIABETES, OTHER, OTHER)), DIABETES)
    )

    assert found(contradictions.repeated_criteria, question) == [
        ("warning", "criteria[2]"),
        ("warning", "criteria[1].criteria[2]"),
    ]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["DE11*", "!DE119"], []),
        (["DE11", "DE12"], []),
        (["DE11", "!DE1*"], [("error", "")]),
        (["DE110", "DE12*", "!DE11*", "!DE1*"], [("error", ""), ("warning", "[2]")]),
        (["DE1*", "DE11*"], [("warning", "[1]")]),
        (["DE11*", "DE11"], [("warning", "[1]")]),
        (["DE11*", "!DI10"], [("warning", "[1]")]),
        (["DE110", "!DE11*", "DE12"], []),
    ],
)
def test_code_entries_that_change_nothing_or_leave_nothing(patterns, expected):
    question = Question(index=EventCriterion(codes=CodeList.of("SKS", *patterns)))

    assert found(contradictions.code_entries, question) == [
        (severity, f"index.codes.entries{place}") for severity, place in expected
    ]


def test_each_message_says_what_to_do():
    question = Question(
        population=Population(
            born=DateRange(start="2000-01-01"),
            age=AgeRange(minimum=90, at="2020-01-01"),
        ),
        index=EventCriterion(codes=CodeList.of("SKS", "DE11", "!DE1*")),
        criteria=(DIABETES, DIABETES, Not(criterion=DIABETES)),
    )
    rules = [
        contradictions.ages_and_births,
        contradictions.code_entries,
        contradictions.criterion_and_its_opposite,
        contradictions.repeated_criteria,
    ]

    messages = [each.message for rule in rules for each in rule(question)]

    assert len(messages) == 4
    for message in messages:
        assert ": " in message or ". " in message
        assert any(word in message for word in ("change", "Change", "take", "Take"))
