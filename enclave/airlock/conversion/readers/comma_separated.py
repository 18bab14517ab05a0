"""CSV as people send it: UTF-8, a line of names, commas, quotes where needed.

Nothing of it is guessed. A reader that looks at the beginning of a file takes ``#`` for
a remark or a first line for a title, begins anew within a text of many lines, or leaves
out a last row whose quotes do not end: what is lost so is lost without a word.

A piece in which every quote stands where it must (``well_formed``) is made plain as
a whole. Of any other, Python's own reader reads row by row, and refuses what is none.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from enclave.airlock.conversion.plain_csv import most_rows
from enclave.airlock.conversion.readers.table import Table, check_names
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.readers.well_formed import made_plain, whole_rows


_PIECE = 1 << 20
_MARK = b"\xef\xbb\xbf"
_QUOTE = '"'


def open_csv(path: Path) -> Table:
    """Open a CSV; every value is a text, and an empty one is missing.

    How long a value may be is a bound of the process: the program sets it.
    """
    with path.open("rb") as file:
        names = tuple(next(_rows(file), ()))
    if len(names) < 2:
        raise UnreadableError("one_column")
    return Table("csv", names, ("",) * len(names), partial(_write, path, names))


def _write(path: Path, names: tuple[str, ...], sink: BinaryIO) -> int:
    check_names(names)
    with path.open("rb") as file:
        # Of lines that end in CR alone, more than the first are one to the file.
        beginning = _plain(_rows(file), len(names))
        sink.write(b"".join(beginning))
        total = len(beginning) - 1
        while piece := file.read(_PIECE):
            plain, rows = _made_plain(file, piece, len(names))
            sink.write(plain)
            total += rows
            if total > most_rows(len(names)):
                raise UnreadableError("too_large")
    return total


def _made_plain(file: BinaryIO, piece: bytes, wide: int) -> tuple[bytes, int]:
    """Make plain what was read from a file, by whole rows; it stands behind them."""
    begin, size = file.tell() - len(piece), whole_rows(piece)
    found = made_plain(piece[:size], wide)
    file.seek(begin if found is None else begin + size)
    if found is not None:
        return found
    lines = _plain(_rows(file, begin + size), wide)
    return b"".join(lines), len(lines)


def _plain(rows: Iterable[list[str]], wide: int) -> list[bytes]:
    lines = []
    for row in rows:
        if len(row) != wide:
            raise UnreadableError("csv")
        line = ",".join(
            value and f'"{value.replace(_QUOTE, _QUOTE * 2)}"' for value in row
        )
        if "\0" in line:
            raise UnreadableError("nul")
        lines.append(f"{line}\n".encode())
    return lines


def _rows(file: BinaryIO, until: int = 0) -> Iterator[list[str]]:
    """Read at least one row from where a file stands, and more up to a place in it.

    An empty line is no row. Afterwards the file stands behind the last row.
    """
    lines = _Lines(file)
    try:
        for row in filter(None, csv.reader(lines, strict=True)):
            yield row
            if lines.whole and file.tell() >= until:
                return
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError("csv") from error


class _Lines:
    """Lines of a file, as its reader wants them: a CR alone ends one, too.

    Attributes
    ----------
    whole
        Whether the last one ended where a line of the file does.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.whole = True

    def __iter__(self) -> Iterator[str]:
        if self._file.tell() == 0 and self._file.read(len(_MARK)) != _MARK:
            self._file.seek(0)
        while line := self._file.readline():
            *some, last = io.StringIO(line.decode(), newline="")
            self.whole = False
            yield from some
            self.whole = True
            yield last
