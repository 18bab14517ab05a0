"""JSON documents against each other: charts, tables as data, widgets."""

from typing import Any

import numpy as np

from enclave.archive.comparison.cells import worth_a_look
from enclave.archive.comparison.drift import explained_by_data
from enclave.archive.comparison.finding import (
    SAME,
    Finding,
    differing,
    merge,
)
from enclave.archive.comparison.numbers import compare_values
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


# From so many numbers on, it pays to look at all of them at once.
_MANY = 50


def compare_documents(
    comparer: TextComparer, archived: Any, rerun: Any, *, where: str = "$"
) -> Finding:
    """Compare two parsed JSON documents; ``where`` is a JSON path."""
    if isinstance(archived, dict) and isinstance(rerun, dict):
        return _compare_objects(comparer, archived, rerun, where)
    if isinstance(archived, list) and isinstance(rerun, list):
        return _compare_arrays(comparer, archived, rerun, where)
    if isinstance(archived, str) and isinstance(rerun, str):
        named = where.endswith(".model_id")
        return comparer.compare(
            archived, rerun, where=where, scope="identifier" if named else "text"
        )
    if _is_number(archived) and _is_number(rerun):
        return _compare_numbers(comparer, archived, rerun, where)
    if type(archived) is type(rerun) and archived == rerun:
        return SAME
    return differing(where, _short(archived), _short(rerun), "other value")


def _compare_objects(
    comparer: TextComparer, archived: dict[str, Any], rerun: dict[str, Any], where: str
) -> Finding:
    if archived.keys() != rerun.keys():
        only = sorted(archived.keys() ^ rerun.keys())
        return differing(where, *_presence(only[0], archived), "other keys")
    return merge(
        compare_documents(comparer, archived[key], rerun[key], where=f"{where}.{key}")
        for key in archived
    )


def _presence(key: str, archived: dict[str, Any]) -> tuple[str, str]:
    return (key, "(nothing)") if key in archived else ("(nothing)", key)


def _compare_arrays(
    comparer: TextComparer, archived: list[Any], rerun: list[Any], where: str
) -> Finding:
    if len(archived) != len(rerun):
        counts = (f"{len(archived)} items", f"{len(rerun)} items")
        return explained_by_data(
            differing(where, *counts, "other length"), comparer.circumstances
        )
    places = list(range(len(archived)))
    if len(archived) >= _MANY and set(map(type, archived + rerun)) == {float}:
        told = worth_a_look(np.array(archived), np.array(rerun), comparer.policy)
        places = np.flatnonzero(told).tolist()
    return merge(
        compare_documents(comparer, archived[at], rerun[at], where=f"{where}[{at}]")
        for at in places
    )


def _compare_numbers(
    comparer: TextComparer, archived: float, rerun: float, where: str
) -> Finding:
    verdict = compare_values(archived, rerun, comparer.policy)
    if verdict is Verdict.IDENTICAL:
        return SAME
    equal = verdict is Verdict.NUMERICALLY_EQUAL
    return comparer.numbers(repr(archived), repr(rerun), where, equal=equal)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any, longest: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"
