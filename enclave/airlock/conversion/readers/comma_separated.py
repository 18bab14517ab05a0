"""CSV as people send it: UTF-8, a line of names, commas, quotes where needed.

Nothing of it is guessed, and it is read by Python's own reader. A faster one looks at
the beginning of a file and takes ``#`` for a remark or a first line for a title, begins
anew within a text of many lines, or leaves out a last row whose quotes do not end: what
is lost so is lost without a word.
"""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from enclave.airlock.conversion.readers.table import Table, UnreadableError


_CELLS_AT_ONCE = 100_000


def open_csv(path: Path) -> Table:
    """Open a CSV; every value is a text, and an empty one is missing.

    How long a value may be is a bound of the process: the program sets it.
    """
    names = tuple(next(_lines(path), ()))
    if len(names) < 2:
        raise UnreadableError("one_column")

    def batches() -> Iterator[pa.RecordBatch]:
        rows = _lines(path)
        next(rows)
        while some := list(islice(rows, -(-_CELLS_AT_ONCE // len(names)))):
            yield _batch(some, len(names))

    return Table("csv", names, ("",) * len(names), batches)


def _lines(path: Path) -> Iterator[list[str]]:
    """Read lines as texts; an empty line is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from filter(None, csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError("csv") from error


def _batch(rows: list[list[str]], wide: int) -> pa.RecordBatch:
    if any(len(row) != wide for row in rows):
        raise UnreadableError("csv")
    columns = [
        pa.array([value or None for value in column], pa.string())
        for column in zip(*rows, strict=True)
    ]
    return pa.record_batch(columns, names=list(map(str, range(wide))))
