"""Tables of data files against each other: by column name and by the key of a row.

In a file the order of rows and columns is how it happened to be written; so the same
rows in another order are a drift that says so, and not another result.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from enclave.archive.comparison.cells import compare_column
from enclave.archive.comparison.drift import explained_by_data
from enclave.archive.comparison.finding import Difference, Finding, differing, merge
from enclave.archive.comparison.policy import COLUMN_ORDER, ROW_ORDER
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


Column = npt.NDArray[Any]
_Rows = npt.NDArray[np.int64]
_Key = tuple[Any, ...]

# Among how many columns two or three are looked for that name each row together.
_KEY_COLUMNS = 8


@dataclass(frozen=True)
class Frame:
    """The columns of a table by name, all of one length."""

    columns: Mapping[str, Column]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def keys(self, names: Sequence[str]) -> list[_Key]:
        """Return what each row is called by some columns."""
        return list(zip(*(self.columns[name].tolist() for name in names), strict=True))


@dataclass(frozen=True)
class _Alignment:
    """Which rows belong together, and what there is to say about the others."""

    archived: _Rows
    rerun: _Rows
    labels: Sequence[str]
    findings: tuple[Finding, ...] = ()


def compare_frames(
    comparer: TextComparer, archived: Frame, rerun: Frame, key: Sequence[str] = ()
) -> Finding:
    """Compare two tables.

    Parameters
    ----------
    key
        Columns that together name a row. Without them, or if there are no such
        columns, they are looked for: texts before whole numbers, never decimals. Where
        nothing names the rows, they are compared in their order.
    """
    common = [name for name in archived.columns if name in rerun.columns]
    if not set(key) <= set(common) or not key:
        key = _key_of(archived, rerun, common)
    aligned = _align(comparer, archived, rerun, key)
    compared = merge(
        [
            *_columns_apart(archived, rerun),
            *aligned.findings,
            *(
                compare_column(
                    comparer,
                    name,
                    archived.columns[name][aligned.archived],
                    rerun.columns[name][aligned.rerun],
                    aligned.labels,
                )
                for name in common
            ),
        ]
    )
    if compared.verdict is Verdict.DIFFERS and not key:
        return _same_rows(archived, rerun, common) or compared
    return compared


def _columns_apart(archived: Frame, rerun: Frame) -> Iterator[Finding]:
    first, second = list(archived.columns), list(rerun.columns)
    for name in first:
        if name not in rerun.columns:
            yield differing(f"column {name}", name, "(nothing)", "missing column")
    for name in second:
        if name not in archived.columns:
            yield differing(f"column {name}", "(nothing)", name, "additional column")
    if first != second and sorted(first) == sorted(second):
        shown = (", ".join(first), ", ".join(second))
        yield _reordered("columns", *shown, COLUMN_ORDER)


def _align(
    comparer: TextComparer, archived: Frame, rerun: Frame, key: Sequence[str]
) -> _Alignment:
    if not key:
        return _in_order(comparer, archived, rerun)
    first, second = archived.keys(key), rerun.keys(key)
    place = {name: index for index, name in enumerate(second)}
    known = set(first)
    pairs = [(index, place[name]) for index, name in enumerate(first) if name in place]
    findings = [
        *(_lost(name, missing=True) for name in first if name not in place),
        *(_lost(name, missing=False) for name in second if name not in known),
    ]
    findings = [explained_by_data(each, comparer.circumstances) for each in findings]
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    if (np.diff(rows[:, 1]) < 0).any():
        findings.append(_reordered("rows", *_parted(first, second), ROW_ORDER))
    labels = [_name(first[index]) for index in rows[:, 0]]
    return _Alignment(rows[:, 0], rows[:, 1], labels, tuple(findings))


def _in_order(comparer: TextComparer, archived: Frame, rerun: Frame) -> _Alignment:
    both = min(archived.rows, rerun.rows)
    rows = np.arange(both)
    findings: tuple[Finding, ...] = ()
    if archived.rows != rerun.rows:
        shown = (f"{archived.rows} rows", f"{rerun.rows} rows")
        found = differing("rows", *shown, "other number of rows")
        findings = (explained_by_data(found, comparer.circumstances),)
        rows = rows[:0]  # which row is which nobody can tell
    return _Alignment(rows, rows, [f"row {row + 1}" for row in rows], findings)


def _same_rows(archived: Frame, rerun: Frame, names: list[str]) -> Finding | None:
    if not len(names) == len(archived.columns) == len(rerun.columns):
        return None
    first, second = archived.keys(names), rerun.keys(names)
    if Counter(map(repr, first)) != Counter(map(repr, second)):
        return None
    return _reordered("rows", *_parted(first, second), ROW_ORDER)


def _key_of(archived: Frame, rerun: Frame, names: list[str]) -> tuple[str, ...]:
    candidates = sorted(
        (name for name in names if _may_name(archived.columns[name])),
        key=lambda name: not _is_text(archived.columns[name]),
    )[:_KEY_COLUMNS]
    for size in (1, 2, 3):
        for chosen in combinations(candidates, size):
            if _unique(archived, chosen) and _unique(rerun, chosen):
                return chosen
    return ()


def _unique(frame: Frame, names: Sequence[str]) -> bool:
    keys = frame.keys(names)
    return len(set(keys)) == len(keys)


def _may_name(column: Column) -> bool:
    kinds = {type(value) for value in column.tolist()}
    if not kinds <= {str, int}:
        return False
    return not any(isinstance(value, str) and _decimal(value) for value in column)


def _decimal(text: str) -> bool:
    return "." in text and _numeric(text)


def _is_text(column: Column) -> bool:
    return any(isinstance(value, str) and not _numeric(value) for value in column)


def _numeric(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _lost(key: _Key, *, missing: bool) -> Finding:
    name = _name(key)
    if missing:
        return differing(f"row {name}", name, "(nothing)", "missing row")
    return differing(f"row {name}", "(nothing)", name, "additional row")


def _parted(first: list[_Key], second: list[_Key]) -> tuple[str, str]:
    pairs = enumerate(zip(first, second, strict=False))
    place = next((number for number, (one, other) in pairs if one != other), 0)
    row = f"row {place + 1}"
    return f"{row}: {_name(first[place])}", f"{row}: {_name(second[place])}"


def _name(key: _Key) -> str:
    return ", ".join(map(str, key))


def _reordered(where: str, archived: str, rerun: str, rule: str) -> Finding:
    drift = Verdict.EXPLAINED_DRIFT
    reason = f"the same {where} in another order"
    difference = Difference(where, archived, rerun, reason, drift)
    return Finding(drift, (difference,), frozenset({rule}))
