"""The plain CSV that a conversion wrote: looked at letter by letter, and not believed.

UTF-8, commas, a line of names; every value stands in quotes, and where nothing stands
between two commas, nothing is known. So no text means anything but itself.
"""

import codecs
import csv
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enclave.airlock.conversion.refusals import IMPLAUSIBLE, TOO_LARGE, refusal


MISSING = ".missing"
"""Ends the name of a column that says of which kind another's missing values are."""

MOST_BYTES = 4 << 30
MOST_COLUMNS = 1_000
MOST_ROWS = 50_000_000
MOST_CELLS = 200_000_000  # for nothing but commas is a cell, too
MOST_ROW_BYTES = 2 << 20
_LONGEST_NAME = 200
_PIECE = 1 << 20
_CELLS_AT_ONCE = 128
# Takes what it takes for good, so that no text makes it try again and again.
_CELL = rb'(?:"[^"\0]*+(?:""[^"\0]*+)*+")?+'
_NAMES = re.compile(rb'"[^"\0\r\n]++"(?:,"[^"\0\r\n]++")*+\n')


@dataclass(frozen=True)
class PlainCsv:
    """What a plain CSV holds: the names of its columns, and how many rows."""

    names: tuple[str, ...]
    rows: int


def examine(path: Path) -> PlainCsv:
    """Look through a whole file, and return what it holds.

    Raises
    ------
    InputError
        If it is anything but a plain CSV in which every row has a cell for each name.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise refusal(TOO_LARGE)
    if not size:
        raise refusal(IMPLAUSIBLE)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        _is_text(content)
        names, at = _names(content)
        return PlainCsv(names, _rows(content, at, len(names)))


def _is_text(content: mmap.mmap) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), _PIECE):
            decoder.decode(content[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise refusal(IMPLAUSIBLE) from None  # its cause quotes the text


def _names(content: mmap.mmap) -> tuple[tuple[str, ...], int]:
    # A view of the beginning alone: a line of names without end is not looked at.
    line = _NAMES.match(content[:MOST_ROW_BYTES])
    if line is None:
        raise refusal(IMPLAUSIBLE)
    names = tuple(next(csv.reader([line[0].decode()])))
    if len(names) > MOST_COLUMNS:
        raise refusal(TOO_LARGE)
    if len(names) < 2:
        raise refusal("one_column")
    if len(set(names)) < len(names) or max(map(len, names)) > _LONGEST_NAME:
        raise refusal("names")
    return names, line.end()


def _rows(content: mmap.mmap, at: int, columns: int) -> int:
    number, most = 0, most_rows(columns)
    for found, end in _ends(content, at, columns):
        number += found
        if end - at > MOST_ROW_BYTES or number > most:
            raise refusal(TOO_LARGE)
        at = end
    return number


def most_rows(columns: int) -> int:
    """Return how many rows a table of so many columns may have."""
    return min(MOST_ROWS, MOST_CELLS // columns)


def _ends(content: mmap.mmap, at: int, columns: int) -> Iterator[tuple[int, int]]:
    """Find where rows end: several at a time, and where that fails, one by one."""
    several = max(1, _CELLS_AT_ONCE // columns)
    row = b",".join([_CELL] * columns) + b"\n"
    together, alone = re.compile(row * several), re.compile(row)
    while at < len(content):
        # No further than a row may be: a quote without end is not followed to the end.
        found = together.match(content, at, at + MOST_ROW_BYTES)
        if found is not None:
            at = found.end()
            yield several, at
            continue
        for _ in range(several):
            if at == len(content):
                return
            bound = at + MOST_ROW_BYTES + 1
            found = alone.match(content, at, bound)
            if found is None:
                raise refusal(TOO_LARGE if bound < len(content) else IMPLAUSIBLE)
            at = found.end()
            yield 1, at
