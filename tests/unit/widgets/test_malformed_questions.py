"""A malformed question is refused in our words in the builder and in a notebook."""

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.cohort.question import Question
from enclave.disclosure.policy import policy
from enclave.errors import InputError
from enclave_widgets.ask import Ask
from enclave_widgets.findings import ReportFinding
from enclave_widgets.question_card import QuestionCard
from enclave_widgets.selection import Selection
from tests.builders.malformed import SECRET, check_said, is_question, malformed


BLANK = Selection(policy().grammar, date(2026, 1, 1))
ANYTHING = st.sampled_from(
    [None, True, SECRET, "", -1, 10**30, float("nan"), [], {}, (1, 2, 3), SECRET * 50]
)


@pytest.mark.parametrize("language", ["en", "da"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(malformed(), st.text(max_size=50).map(lambda text: [text])))
def test_the_builder_says_what_is_wrong_with_what_was_pasted(language, document):
    if is_question(document):
        return
    taken = []
    card = QuestionCard(language, lambda: BLANK, taken.append)

    # As a comm message arrives.
    card.json.set_state({"value": json.dumps(document)})
    card.use.click()

    assert taken == []
    first = {"en": "This question cannot be asked:", "da": "Dette spørgsmål kan ikke"}
    assert first[language] in card.message.value
    check_said(card.message.value, language)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"criteria": [' * 10])
def test_the_builder_says_that_it_is_no_json(text):
    card = QuestionCard("da", lambda: BLANK, lambda _: None)

    card.json.set_state({"value": text})
    card.use.click()

    assert "Dette er ikke JSON" in card.message.value


@pytest.mark.parametrize("language", ["en", "da"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=ANYTHING, other=ANYTHING)
def test_a_notebook_says_what_is_wrong(language, one, other):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENCLAVE_LANGUAGE", language)
        for make in (
            lambda: Ask().aged(one, other),
            lambda: Ask().aged(40, on=one),
            lambda: Ask().index(one),
            lambda: Ask().index(f"SKS:{other}"),
            lambda: Ask().having("NPU:NPU19748", value=one),
            lambda: Ask().having("NPU:NPU19748", value=(">=", one), unit=other),
            lambda: Ask().index("SKS:DE11*").having("ATC:A10*", days=(one, other)),
            lambda: Ask().index("SKS:DE11*").lacking("ATC:A10*", days=one),
            lambda: Ask().where(one, other),
            lambda: Ask().variables(one, other),
        ):
            try:
                assert isinstance(make().question, Question)
            except InputError as refused:
                check_said(str(refused), language)


def test_a_finding_says_what_is_missing_in_danish():
    widget = ReportFinding(language="da")

    assert widget.write() is None
    assert "variable: Skriv variablen, som kataloget gør" in widget.said.value
