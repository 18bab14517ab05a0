"""What is wrong with a question is said in the places of its JSON."""

import json

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.cohort.reading import read_question
from enclave.errors import InputError


CODES = {"system": "SKS", "entries": [{"code": "DE11", "match": "prefix"}]}
EVENT = {"kind": "event", "codes": CODES}


def refusal(document):
    with pytest.raises(InputError) as refused:
        read_question(json.dumps(document))
    return str(refused.value).splitlines()


def test_question_is_read():
    question = read_question(json.dumps({"criteria": [EVENT]}).encode())

    assert question == Question(
        criteria=(EventCriterion(codes=CodeList.of("SKS", "DE11*")),)
    )


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (
            {"sex": "female"},
            "sex: No such field. Take it out, or check how it is spelt.",
        ),
        (
            {"index": {"codes": {"entries": [{"code": "A"}], "system": "SKS"}}},
            "index.codes.entries[0].match: The field is missing. Add it.",
        ),
        (
            {"criteria": [{"codes": CODES}]},
            "criteria[0]: Add the field 'kind', which says what this is.",
        ),
        (
            {"criteria": [{"kind": "sql"}]},
            (
                "criteria[0]: Write one of 'event', 'within', 'around', 'during',"
                " 'same_contact', 'sequence', 'all_of', 'any_of', 'at_least_of', 'not'"
                " as 'kind'."
            ),
        ),
        (
            {"criteria": [{"kind": "all_of", "criteria": [{**EVENT, "at_least": 0}]}]},
            (
                "criteria[0].criteria[0].at_least:"
                " The number is too small: write 1 or more."
            ),
        ),
        (
            {
                "criteria": [
                    {**EVENT, "value": {"operator": "between", "lower": 2, "upper": 1}}
                ]
            },
            "criteria[0].value: No value lies between 2 and 1: swap the two.",
        ),
        (
            {"criteria": [{**EVENT, "value": {"operator": "<", "threshold": "4,5"}}]},
            (
                "criteria[0].value.threshold: Write a number here, with a decimal point"
                " and without quotation marks."
            ),
        ),
        (
            {"population": {"age": {"minimum": 18, "at": "now"}}},
            (
                "population.age.at: Write the date as year-month-day, for instance"
                " 2019-03-31."
            ),
        ),
        (
            {"population": {"alive_at": "index"}},
            (
                "Age, being alive or observed is asked at the index event, and there is"
                " none: add an index event, or give a date."
            ),
        ),
    ],
)
def test_place_and_remedy_are_named(document, line):
    assert refusal(document) == ["This question cannot be asked:", f"  {line}"]


def test_text_that_is_no_json_is_refused():
    with pytest.raises(InputError, match="This is not JSON: look at line 1, character"):
        read_question('{"criteria"')


def test_long_list_of_mistakes_is_cut():
    lines = refusal({f"field_{number:02}": 1 for number in range(14)})

    assert len(lines) == 12
    assert lines[-1] == "  and 4 more"


def test_nesting_without_end_is_refused():
    deep = '{"kind": "not", "criterion": ' * 5000 + "1" + "}" * 5000

    with pytest.raises(InputError):
        read_question('{"criteria": [' + deep + "]}")
