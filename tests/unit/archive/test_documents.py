from typing import Any

import pytest

from enclave.archive.comparison.documents import compare_documents
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


COMPARER = TextComparer(Policy())
SAME, EQUAL, _, DIFFERS = list(Verdict)[:4]
CHART = {
    "data": [{"x": [1, 2, 3], "y": [0.5, 0.25, None], "name": "men"}],
    "layout": {"title": "Survival", "visible": True},
}


def _verdict(archived: Any, rerun: Any) -> Verdict:
    return compare_documents(COMPARER, archived, rerun).verdict


@pytest.mark.parametrize(
    ("archived", "rerun", "verdict"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, SAME),
        ([0.1 + 0.2], [0.3], EQUAL),
        ([1], [1.0], EQUAL),
        ([1], [True], DIFFERS),
        ([1.0], [True], DIFFERS),
        ([0], [None], DIFFERS),
        ([1, 2], [2, 1], DIFFERS),
        ([1, 2], [1, 2, 3], DIFFERS),
        ({"a": 1}, {"b": 1}, DIFFERS),
        ({"a": 1}, {"a": 1, "b": 2}, DIFFERS),
        ({"a": 1, "b": 2}, {"a": 1}, DIFFERS),
        ({"a": 1}, [1], DIFFERS),
        ("a 0.5", "a 0.6", DIFFERS),
        (True, False, DIFFERS),
        (None, None, SAME),
    ],
)
def test_values(archived: Any, rerun: Any, verdict: Verdict):
    assert _verdict(archived, rerun) is verdict


def test_the_place_is_a_json_path():
    changed = {**CHART, "data": [{**CHART["data"][0], "y": [0.5, 0.26, None]}]}

    (difference,) = compare_documents(COMPARER, CHART, changed).differences

    assert difference.where == "$.data[0].y[1]"


def test_a_missing_key_is_named():
    (difference,) = compare_documents(COMPARER, {"a": 1, "b": 2}, {"a": 1}).differences

    assert (difference.archived, difference.rerun) == ("b", "(nothing)")


def test_the_id_of_a_widget_is_noise_and_nothing_else_of_it():
    view = {"model_id": "0123456789abcdef0123456789abcdef", "version_major": 2}
    again = {**view, "model_id": "fedcba9876543210fedcba9876543210"}

    assert _verdict(view, again) is SAME
    assert _verdict(view, {**again, "version_major": 3}) is DIFFERS
    assert _verdict({"id": view["model_id"]}, {"id": again["model_id"]}) is DIFFERS
