"""One column of a table against the same column of another, cell by cell."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from enclave.archive.comparison.finding import SAME, Finding, differing, merge
from enclave.archive.comparison.numbers import compare_values
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


Column = npt.NDArray[Any]


def compare_column(
    comparer: TextComparer,
    name: str,
    archived: Column,
    rerun: Column,
    labels: Sequence[str],
) -> Finding:
    """Compare two columns whose rows belong together; ``labels`` name the rows."""
    if archived.dtype.kind == rerun.dtype.kind == "f":
        different = worth_a_look(archived, rerun, comparer.policy)
    else:
        different = np.array(
            [not _same(*pair) for pair in zip(archived, rerun, strict=True)], dtype=bool
        )
    return merge(
        _compare_cell(
            comparer, archived[row], rerun[row], f"column {name}, {labels[row]}"
        )
        for row in np.flatnonzero(different).tolist()
    )


def worth_a_look(archived: Column, rerun: Column, policy: Policy) -> Column:
    """Tell which cells of two columns of doubles are to be told of.

    Of a million that are equal within the tolerance, some are enough.
    """
    unequal = (archived != rerun) & ~(np.isnan(archived) & np.isnan(rerun))
    size = np.maximum(np.abs(archived), np.abs(rerun))
    with np.errstate(invalid="ignore"):
        distance = np.abs(archived - rerun)
        near = (distance <= policy.absolute) | (distance <= policy.relative * size)
    near &= np.isfinite(size)  # beside infinity every distance is small
    shown = np.flatnonzero(unequal & near)[: policy.shown_differences]
    told: Column = unequal & ~near
    told[shown] = True
    return told


def _compare_cell(
    comparer: TextComparer, archived: Any, rerun: Any, where: str
) -> Finding:
    if isinstance(archived, str) and isinstance(rerun, str):
        return comparer.compare(archived, rerun, where=where)
    if _is_number(archived) and _is_number(rerun):
        one, other = _plain(archived), _plain(rerun)
        verdict = compare_values(one, other, comparer.policy)
        if verdict is Verdict.IDENTICAL:
            return SAME
        equal = verdict is Verdict.NUMERICALLY_EQUAL
        return comparer.numbers(repr(one), repr(other), where, equal=equal)
    return differing(where, _shown(archived), _shown(rerun), "other value")


def _same(archived: Any, rerun: Any) -> bool:
    if isinstance(archived, float) and isinstance(rerun, float):
        return archived == rerun or (math.isnan(archived) and math.isnan(rerun))
    return type(archived) is type(rerun) and bool(archived == rerun)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    return "(nothing)" if value is None else str(value)[:120]
