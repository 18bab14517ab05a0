"""Reading SAS transport files of version 5 and 8, whoever wrote them.

The other half of :mod:`enclave.delivery.formats.xpt`. A file may be anybody's, so what
does not fit the layout is refused and nothing is believed that the length of the file
does not bear out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from enclave.delivery.formats.ibm import from_ibm
from enclave.errors import InputError


_RECORD = 80
_HEADER = re.compile(rb"HEADER RECORD\*{7}(\w+) *HEADER RECORD!{7}(.*)", re.DOTALL)
_DESCRIBED = 140
_TEXT = 2
_NO_XPT = "It is no SAS transport file of version 5 or 8 with one table."

Column = npt.NDArray[Any]


@dataclass(frozen=True)
class _Variable:
    name: str
    kind: int
    length: int
    at: int


def read_xpt(content: bytes) -> dict[str, Column]:
    """Return the columns of a transport file: doubles, and texts without end spaces.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        return _read(content)
    except (ValueError, IndexError, OverflowError, MemoryError) as error:
        raise InputError(_NO_XPT) from error


def read_missing_kinds(content: bytes) -> dict[str, list[str | None]]:
    """Return of which kinds values are missing, where a column has other than ``.``.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        rows, variables = _rows_and_variables(content)
        return dict(_kinds(_table(rows, variables), variables))
    except (ValueError, IndexError, OverflowError, MemoryError) as error:
        raise InputError(_NO_XPT) from error


def _read(content: bytes) -> dict[str, Column]:
    rows, variables = _rows_and_variables(content)
    table = _table(rows, variables)
    return {each.name: _column(table, each) for each in variables}


def _rows_and_variables(content: bytes) -> tuple[bytes, list[_Variable]]:
    kinds = [(at, kind) for at, kind, _ in _headers(content)]
    if not kinds or kinds[0] not in ((0, b"LIBRARY"), (0, b"LIBV8")):
        raise ValueError
    if sum(kind.startswith(b"MEMB") for _, kind in kinds) != 1:
        raise ValueError
    variables: list[_Variable] = []
    for at, kind, rest in _headers(content):
        if kind in (b"NAMESTR", b"NAMSTV8"):
            variables = _variables(content[at + _RECORD :], int(rest[4:10]))
        elif kind in (b"OBS", b"OBSV8"):
            return content[at + _RECORD :], variables
    raise ValueError


def _headers(content: bytes) -> list[tuple[int, bytes, bytes]]:
    found = []
    for at in range(0, len(content), _RECORD):
        match = _HEADER.match(content[at : at + _RECORD])
        if match:
            found.append((at, match.group(1), match.group(2)))
            if match.group(1) in (b"OBS", b"OBSV8"):
                break
    return found


def _variables(described: bytes, number: int) -> list[_Variable]:
    found = []
    for start in range(0, number * _DESCRIBED, _DESCRIBED):
        one = described[start : start + _DESCRIBED]
        long_name = one[88:120].rstrip(b" \0")
        found.append(
            _Variable(
                name=(long_name or one[8:16].rstrip(b" \0")).decode(),
                kind=int.from_bytes(one[:2]),
                length=int.from_bytes(one[4:6]),
                at=int.from_bytes(one[84:88]),
            )
        )
    return found


def _table(rows: bytes, variables: list[_Variable]) -> npt.NDArray[np.uint8]:
    length = max(each.at + each.length for each in variables)
    # The last record is filled up with spaces, which may look like rows.
    number = len(rows) // length
    while number and len(rows) - (number - 1) * length < _RECORD + length:
        row = rows[(number - 1) * length : number * length]
        if row.strip(b" ") or len(rows) - (number - 1) * length > _RECORD:
            break
        number -= 1
    return np.frombuffer(rows[: number * length], np.uint8).reshape(number, length)


def _column(table: npt.NDArray[np.uint8], variable: _Variable) -> Column:
    cells = table[:, variable.at : variable.at + variable.length]
    if variable.kind == _TEXT:
        texts = [bytes(cell).rstrip(b" \0").decode(errors="replace") for cell in cells]
        return np.array(texts, dtype=object)
    if not 2 <= variable.length <= 8:
        raise ValueError
    filled = np.zeros((len(cells), 8), np.uint8)
    filled[:, : variable.length] = cells
    return from_ibm(filled.view(">u8").ravel().astype(np.uint64))


def _kinds(
    table: npt.NDArray[np.uint8], variables: list[_Variable]
) -> Iterator[tuple[str, list[str | None]]]:
    for each in variables:
        if each.kind == _TEXT:
            continue
        cells = table[:, each.at : each.at + each.length]
        first = cells[:, 0]
        letters = (first >= ord("A")) & (first <= ord("Z")) | (first == ord("_"))
        letters &= ~cells[:, 1:].any(axis=1)
        if letters.any():
            pairs = zip(first, letters, strict=True)
            yield each.name, [chr(one) if is_one else None for one, is_one in pairs]
