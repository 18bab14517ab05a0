"""Checks of the table as a table: rows, columns, ids, duplicates."""

from collections.abc import Iterator

from enclave.returns.codebook import Codebook
from enclave.returns.daims.finding import Problem
from enclave.returns.dataset import Dataset


# The names of a long table: one row per measurement instead of one per patient.
_LONG = frozenset({"variable", "parameter", "test", "item", "analysis", "measure"})
_HELD = frozenset({"value", "result", "answer", "reply"})


def wide(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that a patient is one row, and a variable one column."""
    ids = data.cells[codebook.id]
    repeated = int(ids.duplicated().sum())
    names = {name.lower(): name for name in data.cells.columns}
    if repeated and _LONG & names.keys() and _HELD & names.keys():
        found = sorted(names[name] for name in (_LONG | _HELD) & names.keys())
        yield Problem("long_table", tuple(found), repeated)


def unique_id(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that every row has an id, and no two the same."""
    ids = data.cells[codebook.id]
    without = int(((ids == data.missing) | (ids.str.strip() == "")).sum())
    if without:
        yield Problem("without_id", (codebook.id,), without)
    repeated = int(data.present(codebook.id).duplicated().sum())
    if repeated:
        yield Problem("id_twice", (codebook.id,), repeated)


def no_duplicates(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that no two rows and no two columns are the same."""
    others = data.cells.drop(columns=codebook.id)
    rows = int(data.cells.duplicated().sum())
    if rows:
        yield Problem("row_twice", (), rows)
    seen: dict[tuple[int, ...], str] = {}
    for name in others.columns:
        column = others[name]
        # Equal columns have equal codes when both are numbered by first appearance.
        key = (hash(tuple(column)), int((column == data.missing).sum()))
        earlier = seen.setdefault(key, name)
        if earlier != name and column.equals(others[earlier]):
            yield Problem("column_twice", (earlier, name))


def id_first(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that the id is the first column."""
    if data.cells.columns[0] != codebook.id:
        yield Problem("id_not_first", (codebook.id,))


def outcome_last(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that the outcome is the last column."""
    if data.cells.columns[-1] != codebook.outcome:
        yield Problem("outcome_not_last", (codebook.outcome,))


def no_empty_row(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that every patient has a value beside the id."""
    others = data.is_missing.drop(columns=codebook.id)
    empty = int(others.all(axis=1).sum())
    if empty:
        yield Problem("empty_row", (), empty)


def relevant(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that every column can tell something; whether it matters, people judge."""
    for column in codebook.columns:
        distinct = data.present(column.name).nunique()
        if distinct == 0:
            yield Problem("no_values", (column.name,))
        elif distinct == 1:
            yield Problem("constant", (column.name,))
