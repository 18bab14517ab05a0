"""An invalid question cannot be made, and what is wrong is said."""

from datetime import date, datetime

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from enclave.cohort.node import MalformedError
from enclave.cohort.packing import pack, unpack
from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)


DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))


def within(criterion=DIABETES, from_days=0, to_days=30):
    return Within(criterion=criterion, from_days=from_days, to_days=to_days)


def nested(levels):
    criterion = DIABETES
    for _ in range(levels - 1):
        criterion = Not(criterion=criterion)
    return criterion


def test_nothing_asked_means_everybody():
    assert Question() == Question(population=Population(), criteria=())
    assert Question().schema_version == 1


def test_question_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Question().index = DIABETES


def test_equal_questions_are_one_key_and_one_digest():
    one = Question(criteria=(DIABETES,))
    same = Question.model_validate(one.model_dump())

    assert len({one, same}) == 1
    assert one.digest == same.digest
    assert one.digest != Question(index=DIABETES).digest


def test_digest_ignores_what_is_null_so_that_new_fields_keep_old_digests():
    document = Question(criteria=(DIABETES,)).model_dump(mode="json", exclude_none=True)

    assert "index" not in document
    assert "value" not in document["criteria"][0]
    assert Question.model_validate(document).digest == (
        "8ac73e70fd4e7620cf5bacc841c48602fea82de4180098ef2e1bb144b44f6c9b"
    )


def test_code_list_is_written_short():
    assert CodeList.of("SKS", "DE11*", "!DE119", "DE140").entries == (
        CodeEntry(code="DE11", match="prefix"),
        CodeEntry(code="DE119", match="exact", exclude=True),
        CodeEntry(code="DE140", match="exact"),
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (DateRange, "Give a start, an end or both"),
        (
            lambda: DateRange(start=date(2020, 1, 2), end=date(2020, 1, 1)),
            "ends (2020-01-01) before it starts (2020-01-02): swap",
        ),
        (lambda: DateRange(start=20200101), "year-month-day"),
        (lambda: DateRange(start="2020-1-1"), "year-month-day"),
        (lambda: DateRange(start="2020-02-30"), "year-month-day"),
        (lambda: DateRange(start=datetime(2020, 1, 1, 8)), "year-month-day"),  # noqa: DTZ001 - a time is what must be refused
        (lambda: DateRange(start="1799-12-31"), "from 1800-01-01 to 2200-12-31"),
        (lambda: AgeRange(at="index"), "Give a minimum or a maximum age"),
        (lambda: AgeRange(minimum=65, maximum=18, at="index"), "swap"),
        (lambda: AgeRange(minimum=-1, at="index"), "write 0 or more"),
        (lambda: AgeRange(minimum="18", at="index"), "Write a whole number here"),
        (lambda: AgeRange(minimum=18, at="today"), "year-month-day"),
        (lambda: Population(sex="F"), "these: 'female', 'male'."),
        (lambda: Population(alive_at=2020), "year-month-day"),
        (lambda: CodeEntry(code="", match="exact"), "at least 1 character"),
        (lambda: CodeEntry(code=" DE11", match="exact"), "cannot be seen"),
        (lambda: CodeEntry(code="DE11\n", match="exact"), "cannot be seen"),
        (lambda: CodeEntry(code="D\u200bE11", match="exact"), "cannot be seen"),
        (lambda: CodeEntry(code="x" * 101, match="exact"), "at most 100"),
        (
            lambda: CodeEntry(code="DE11", match="like"),
            "these: 'exact', 'prefix', 'descendants'.",
        ),
        (lambda: CodeEntry(code="DE11"), "The field is missing."),
        (lambda: CodeList(system="SKS", entries=()), "Give at least 1."),
        (lambda: CodeList.of("SKS", "!DE11*"), "only takes codes out: add an entry"),
        (
            lambda: CodeList.of("SKS", "DE11", "DE12", "!DE11"),
            "DE11 (exact) stands twice",
        ),
        (
            lambda: CodeList(
                system="SKS", entries=CodeList.of("SKS", "A").entries, version="2"
            ),
            "Name the code list",
        ),
        (
            lambda: EventCriterion(codes=CodeList.of(None, "NA")),
            "name the code system of the list, or the table",
        ),
        (lambda: EventCriterion(codes=DIABETES.codes, at_least=0), "write 1 or more"),
        (
            lambda: EventCriterion(codes=DIABETES.codes, at_least=True),
            "Write a whole number here",
        ),
        (lambda: EventCriterion(codes=DIABETES.codes, table="a b"), "Write the "),
        (lambda: Comparison(operator="=<", threshold=1), "'<', '<=', '>'"),
        (lambda: Comparison(operator="<", threshold="1"), "Write a number here"),
        (
            lambda: Comparison(operator="<", threshold=float("nan")),
            "Write a number that ends",
        ),
        (
            lambda: Comparison(operator="<", threshold=float("inf")),
            "Write a number that ends",
        ),
        (lambda: Between(lower=2, upper=1), "between 2 and 1: swap"),
        (lambda: within(from_days=None, to_days=None), "open at both ends"),
        (lambda: within(from_days=30, to_days=0), "ends (day 0) before it starts"),
        (lambda: within(to_days=40_000), "write 36525 or less"),
        (lambda: within(criterion=Not(criterion=DIABETES)), "Write fields here"),
        (lambda: AllOf(criteria=()), "Give at least 1."),
        (lambda: AnyOf(criteria=(DIABETES,) * 51), "Give at most 50."),
        (lambda: Question(schema_version=2), "Write one of these: 1."),
        (lambda: Question(citeria=()), "No such field."),
        (lambda: Question(variables=("value",)), "Write the "),
        (lambda: Question(variables=("lab.value", "lab.value")), "asked for twice"),
        (lambda: Question(criteria=(within(),)), "there is none: add an index event"),
        (
            lambda: Question(criteria=(AllOf(criteria=(Not(criterion=within()),)),)),
            "there is none: add an index event",
        ),
        (
            lambda: Question(population=Population(alive_at="index")),
            "add an index event, or give a date",
        ),
        (
            lambda: Question(
                population=Population(age=AgeRange(minimum=18, at="index"))
            ),
            "add an index event, or give a date",
        ),
        (
            lambda: Question(index=DIABETES.model_copy(update={"at_least": 2})),
            "is one event, so it cannot ask for a number of events",
        ),
        (lambda: Question(criteria=(nested(9),)), "9 levels of nesting and may have 8"),
        (
            lambda: Question(criteria=(AnyOf(criteria=(DIABETES,) * 50),) * 4),
            "204 criteria and may have 200",
        ),
        (
            lambda: Question(
                criteria=[
                    EventCriterion(
                        codes=CodeList.of("SKS", *(f"D{n}" for n in range(4001)))
                    )
                ]
                * 5
            ),
            "20005 code entries and may have 20000",
        ),
    ],
)
def test_what_cannot_be_meant_cannot_be_made(make, message):
    with pytest.raises(MalformedError) as refusal:
        make()

    assert message in str(refusal.value)


def test_limits_themselves_are_allowed():
    Question(criteria=(nested(8),))
    Question(criteria=(AnyOf(criteria=(DIABETES,) * 49),) * 4)


def test_walk_yields_outer_criteria_first_and_the_index_before_all():
    question = Question(
        index=DIABETES,
        criteria=(
            AnyOf(criteria=(Not(criterion=within()), DIABETES)),
            AllOf(criteria=(DIABETES,)),
        ),
    )

    assert [path for path, _ in question.walk()] == [
        "index",
        "criteria[0]",
        "criteria[0].criteria[0]",
        "criteria[0].criteria[0].criterion",
        "criteria[0].criteria[0].criterion.criterion",
        "criteria[0].criteria[1]",
        "criteria[1]",
        "criteria[1].criteria[0]",
    ]


def test_json_schema_takes_a_question_and_refuses_another_document():
    schema = Draft202012Validator(Question.model_json_schema())
    question = Question(
        population=Population(age=AgeRange(minimum=18, at="index")),
        index=DIABETES,
        criteria=(within(),),
    ).model_dump(mode="json")

    assert schema.is_valid(question)
    assert not schema.is_valid({**question, "surprise": 1})
    assert not schema.is_valid({**question, "criteria": [{"kind": "sql"}]})


def test_a_question_with_an_open_window_survives_an_address():
    asked = Question(index=DIABETES, criteria=(within(from_days=None, to_days=-1),))

    assert unpack(pack(asked)) == asked
    assert (
        Question.model_validate_json(asked.model_dump_json(exclude_none=True)) == asked
    )
