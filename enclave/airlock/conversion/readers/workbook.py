"""Excel workbooks (.xlsx): one table in one sheet, as values.

A cell says itself whether it is a number, a date or a text; a column says nothing.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.utils.escape import unescape

from enclave.airlock.conversion.readers.table import Table
from enclave.airlock.conversion.readers.texts import Moments, texts
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.readers.writing import table_of


_ROWS = 10_000
_MOST_UNPACKED = 2 << 30
_MOST_PARTS = 10_000
_PIECE = 1 << 20
# Of a cell; what lists and colours go by (``xm:f``) is of no value.
_FORMULA = re.compile(rb"<(?!xm:)(?:\w+:)?f[\s>/]")
_PLACE = re.compile(rb'<(?:\w+:)?(?:row|c)\s(?:[^>]*?\s)?r="([A-Z]*)(\d+)"')
_ERROR = re.compile(
    r"#(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|SPILL!|CALC!|BUSY!|FIELD!|BLOCKED!"
    r"|CONNECT!|UNKNOWN!|EXTERNAL!|GETTING_DATA)"
)
_MOST_INTEGER = 2**63
_MOMENT = pa.timestamp("us")

Row = Sequence[Any]


def open_workbook(path: Path) -> Table:
    """Open a workbook; its rows are read at once, for none can be read again."""
    _check(path)
    # As a stream, for a path is judged by its ending.
    content = io.BytesIO(path.read_bytes())
    book = openpyxl.load_workbook(
        content, read_only=True, data_only=True, keep_links=False
    )
    sheets = [sheet for sheet in book.worksheets if any(map(_filled, _rows(sheet)))]
    if len(sheets) != 1:
        raise UnreadableError("sheets")
    rows = dropwhile(lambda row: not _filled(row), _rows(sheets[0]))
    names = _names(next(rows))
    columns = _columns(rows, len(names))
    table = pa.table(columns, names=list(map(str, range(len(names)))))
    declared = ("",) * len(names)
    return table_of("xlsx", names, declared, lambda: iter(table.to_batches(_ROWS)))


def _check(path: Path) -> None:
    """Refuse what unpacks to too much, is no workbook, or computes."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if len(parts) > _MOST_PARTS or size > _MOST_UNPACKED:
            raise UnreadableError("too_large")
        names = {part.filename for part in parts}
        if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
            raise UnreadableError("unknown")
        for part in parts:
            if part.filename.startswith("xl/worksheets/"):
                _check_sheet(archive, part)


def _check_sheet(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse formulas, and places that stand twice: of two, one would be lost."""
    row, column = 0, (0, b"")
    for piece in _whole_tags(archive, part):
        if _FORMULA.search(piece):
            raise UnreadableError("formulas")
        for letters, number in _PLACE.findall(piece):
            last = (row, column)
            if letters:
                row, column = int(number), (len(letters), letters)
                in_order = row == last[0] and column > last[1]
            else:
                row, column = int(number), (0, b"")
                in_order = row > last[0]
            if not in_order:
                raise UnreadableError("damaged")


def _whole_tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Read a part in pieces of which none ends within a tag."""
    with archive.open(part) as content:
        rest = b""
        while piece := content.read(_PIECE):
            whole, tag, rest = (rest + piece).rpartition(b"<")
            rest = tag + rest
            yield whole
        yield rest


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # a sheet may claim any
    rows: Iterator[Row] = sheet.iter_rows(values_only=True)
    return rows


def _filled(row: Row) -> bool:
    return any(cell is not None for cell in row)


def _names(row: Row) -> tuple[str, ...]:
    names = ["" if cell is None else str(cell).strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _columns(rows: Iterator[Row], wide: int) -> list[pa.ChunkedArray]:
    """Read all rows but the empty ones at the end."""
    columns: list[list[pa.Array]] = [[] for _ in range(wide)]
    moments: list[list[pa.Array]] = [[] for _ in range(wide)]
    empty = 0
    while some := list(islice(rows, _ROWS)):
        full = max((n for n, row in enumerate(some, 1) if _filled(row)), default=0)
        if full:
            padded = [*[()] * empty, *some[:full]]
            for at, cells in enumerate(_across(padded, wide)):
                plain = pa.array(map(_text, cells), pa.string())
                columns[at].append(plain)
                moments[at].append(pa.array(map(_moment, cells), _MOMENT))
        empty = len(some) - full + (0 if full else empty)
    return [
        _together(pa.chunked_array(plain, pa.string()), pa.chunked_array(at, _MOMENT))
        for plain, at in zip(columns, moments, strict=True)
    ]


def _across(rows: Sequence[Row], wide: int) -> Iterator[Row]:
    if any(_filled(row[wide:]) for row in rows):
        raise UnreadableError("sheets")
    filled_up = [[*row[:wide], *[None] * (wide - len(row))] for row in rows]
    return zip(*filled_up, strict=True)


def _text(cell: Any) -> str | None:
    match cell:
        case None | datetime():
            return None
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and 0 < abs(cell) < _MOST_INTEGER:
            return str(int(cell))
        case int() | float() | time():
            return str(cell).removesuffix(".0")
        case str() if _ERROR.fullmatch(cell):
            raise UnreadableError("formulas")
        case str():
            return str(
                unescape(cell)
            )  # _x000D_ is how a workbook writes what XML cannot
    raise UnreadableError("nested")


def _moment(cell: Any) -> datetime | None:
    return cell if isinstance(cell, datetime) else None


def _together(plain: pa.ChunkedArray, moments: pa.ChunkedArray) -> pa.ChunkedArray:
    if moments.null_count == len(moments):
        return plain
    exact = Moments.of(moments)
    written = [texts(chunk, exact) for chunk in moments.chunks]
    return pc.coalesce(plain, pa.chunked_array(written, pa.string()))
