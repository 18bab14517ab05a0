"""People are told the rules that are in force."""

import re

import pytest

from enclave.disclosure.explanation import explain
from enclave.disclosure.policy import policy
from tests.builders.disclosure import rules


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_values_in_force_are_told(language):
    told = " ".join(explain(rules(sigma=7, threshold=15, person_30_days=33), language))

    for value in ("7 person", "14 person", "15", "33", "120", "200", "90"):
        assert value in told
    assert "{" not in told


def test_both_languages_tell_the_same():
    told = {
        language: [re.findall(r"\d+", line) for line in explain(policy(), language)]
        for language in ("en", "da")
    }

    assert told["en"] == told["da"]


def test_epsilon_is_the_one_of_the_whole_budget():
    assert any("epsilon of 3.5" in line for line in explain(policy(), "en"))
    assert any("epsilon på 3,5" in line for line in explain(policy(), "da"))
