"""Whatever is wrong with a question is said in our words, and in Danish, too."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.cohort import faults
from enclave.cohort.packing import unpack
from enclave.cohort.question import Question
from enclave.cohort.reading import MAXIMUM_BYTES, read_question
from enclave.errors import InputError
from enclave.portal.danish import in_danish
from tests.builders.malformed import (
    SECRET,
    WHOLE,
    check_said,
    is_question,
    malformed,
)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as refused:
        read_question(text)
    # What pydantic raises repeats what was written, also in a log.
    assert refused.value.__context__ is None
    return str(refused.value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(malformed())
def test_what_is_wrong_is_said_in_our_words(document):
    if is_question(document):
        return
    said = refusal(json.dumps(document))

    first, *lines = said.splitlines()
    assert first == "This question cannot be asked:"
    assert 1 <= len(lines) <= faults.SHOWN + 1
    check_said(said)
    check_said(in_danish(said), "da")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_what_is_no_json_is_said_in_our_words(text):
    said = refusal(text)

    check_said(said)
    check_said(in_danish(said), "da")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=30), st.data())
def test_json_that_was_cut_is_said_in_our_words(junk, data):
    text = json.dumps(WHOLE)
    cut = data.draw(st.integers(0, len(text) - 1))

    check_said(refusal(text[:cut] + junk.replace('"', "") + "\x00"))


def test_every_sentence_has_a_danish_one():
    own = {*faults.SENTENCES.values(), *faults.PATTERNS.values(), faults.OTHER}
    own |= {*faults.KINDS.values(), faults.NO_JSON, faults.NO_JSON_AT}
    said = {re.sub(r"\{\w+\}", "7", one) for one in own}

    assert {one for one in said if in_danish(one) == one} == set()


def test_every_form_of_a_text_has_a_sentence():
    schema = json.dumps(Question.model_json_schema())
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', schema))

    assert patterns
    assert {json.loads(one) for one in patterns} <= set(faults.PATTERNS)


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"event": 1}, "event: No such field."),
        ({SECRET: 1}, "?: No such field."),
        ({"cpr_0101701234": 1}, "?: No such field."),
        ({"x" * 5000: 1}, "?: No such field."),
        ({"a0101701234": 1}, "?: No such field."),
        ({"c.010170.1234": 1}, "?: No such field."),
        ({"p010170_1234x": 1}, "?: No such field."),
        ({"variables": ["p.x0101701234"] * 2}, "p.x? is asked for twice"),
        ({"criteria": {}}, "criteria: Write a list here"),
        ({"criteria": ["x"]}, "criteria[0]: Write fields here"),
        ({"population": {"sex": 1}}, "population.sex: Write one of these: 'female', "),
        ({"variables": ["x"]}, "variables[0]: Write the variable as the catalogue"),
        ({"schema_version": 2}, "schema_version: Write one of these: 1."),
        (
            {"population": {"birth_year": {"minimum": 3000}}},
            "population.birth_year.minimum: The number is too large: write 2200 or",
        ),
        ([], "Write fields here, in curly brackets."),
    ],
)
def test_the_place_is_named_and_no_more_of_what_was_written(document, line):
    said = refusal(json.dumps(document))

    assert said.splitlines()[1].strip().startswith(line)


def test_a_code_that_looks_like_a_cpr_number_is_not_repeated():
    entry = {"code": "0101701234", "match": "exact"}
    codes = {"system": "SKS", "entries": [entry, entry]}
    said = refusal(json.dumps({"criteria": [{"kind": "event", "codes": codes}]}))

    assert "? (exact) stands twice" in said
    check_said(said)


def test_many_faults_are_counted():
    # Were each compared with each, this would take minutes.
    text = json.dumps({"criteria": [{"kind": "event", "codes": {}}] * 20_000})

    assert refusal(text).splitlines()[-1].strip().startswith("and ")


@pytest.mark.parametrize("part", ["{}", "1", "[]"])
def test_a_million_wrong_parts_are_not_told_one_by_one(part):
    """Each would take time, and three kilobytes."""
    parts = ",".join([part] * 1_000_000)

    assert "far too many parts" in refusal('{"criteria":[' + parts + "]}")


def test_a_huge_question_is_not_read():
    assert "larger than" in refusal(b" " * (MAXIMUM_BYTES + 1))


def test_a_broken_address_says_what_to_do():
    with pytest.raises(InputError, match="perhaps because the address was cut") as said:
        unpack("e30" * 10)

    check_said(str(said.value))
    check_said(in_danish(str(said.value)), "da")
