"""Stata files of format 118 (Stata 14 and later), written as they come.

Layout: Stata's own `help dta`. Numbers, dates and moments are doubles, which hold whole
numbers up to 2^53; a text of more than 2,045 bytes is a strL, kept behind the records.
There is no time stamp, so that the same rows are the same bytes.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.delivery.formats.layout import Field, Layout
from enclave.delivery.formats.records import numbers, texts
from enclave.errors import InputError


_LONGEST = 2_045
_STRL, _DOUBLE = 32_768, 65_526
_MOST_COLUMNS = 32_767
_LABEL = 80
_SHOWN = {"date": "%tdCCYY-NN-DD", "datetime": "%tc"}
_MISSING = 0x7FE0_0000_0000_0000
_STEP = 0x0000_0100_0000_0000
_LARGEST = float.fromhex("0x1.fffffffffffffp+1022")


def write_stata(layout: Layout, path: Path, names: Mapping[str, str]) -> None:
    """Write one table, with names of at most 32 letters.

    Raises
    ------
    InputError
        If the table has more columns than a Stata file holds.
    """
    if len(layout.fields) > _MOST_COLUMNS:
        raise InputError(
            f"Table {layout.name} has {len(layout.fields)} columns, and a Stata file"
            f" holds {_MOST_COLUMNS}: ask for Parquet or CSV."
        )
    places: list[int] = []
    with path.open("wb") as file:
        file.write(b"<stata_dta>" + _header(layout))
        for name, content in _sections(layout, names):
            places.append(file.tell())
            file.write(f"<{name}>".encode())
            for part in content:
                file.write(part)
            file.write(f"</{name}>".encode())
        places.append(file.tell())
        file.write(b"</stata_dta>")
        places.append(file.tell())
        _put_map(file, places)


def _header(layout: Layout) -> bytes:
    label = _text(layout.label, _LABEL)
    return b"".join(
        (
            b"<header><release>118</release><byteorder>LSF</byteorder><K>",
            struct.pack("<H", len(layout.fields)),
            b"</K><N>",
            struct.pack("<Q", layout.rows),
            b"</N><label>",
            struct.pack("<H", len(label)),
            label,
            b"</label><timestamp>\0</timestamp></header>",
        )
    )


def _put_map(file: BinaryIO, places: list[int]) -> None:
    """Say where each section begins, now that it is known."""
    file.seek(places[0] + len("<map>"))
    file.write(struct.pack("<14Q", 0, *places))


def _sections(
    layout: Layout, names: Mapping[str, str]
) -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
    """Name each section of the file, in its order, with its content."""
    fields, number = layout.fields, len(layout.fields)
    yield "map", [bytes(14 * 8)]
    yield "variable_types", [struct.pack(f"<{number}H", *map(_type, fields))]
    yield "varnames", [_slots([names[field.name] for field in fields], 129, 32)]
    yield "sortlist", [bytes(2 * (number + 1))]
    yield "formats", [_slots([_format(field) for field in fields], 57, 56)]
    yield "value_label_names", [bytes(129 * number)]
    yield "variable_labels", [_slots([field.label for field in fields], 321, _LABEL)]
    yield "characteristics", []
    yield "data", _records(layout)
    yield "strls", _long_texts(layout)
    yield "value_labels", []


def _slots(words: list[str], width: int, letters: int) -> bytes:
    return b"".join(_text(word, letters).ljust(width, b"\0") for word in words)


def _text(text: str, letters: int) -> bytes:
    return text[:letters].encode()


def _is_long(field: Field) -> bool:
    return field.kind == "text" and field.width > _LONGEST


def _type(field: Field) -> int:
    if field.kind != "text":
        return _DOUBLE
    return _STRL if _is_long(field) else field.width


def _format(field: Field) -> str:
    if field.kind == "text":
        return "%9s" if _is_long(field) else f"%{max(field.width, 9)}s"
    return _SHOWN.get(field.kind, "%12.0g" if field.whole else "%10.0g")


def _numpy(field: Field) -> str:
    if field.kind != "text" or _is_long(field):
        return "<u8"
    return f"S{field.width}"


def _records(layout: Layout) -> Iterator[memoryview]:
    kind = np.dtype([(field.name, _numpy(field)) for field in layout.fields])
    row = 0
    for batch in layout.chunks():
        records = np.empty(len(batch), kind)
        for number, field in enumerate(layout.fields, 1):
            values = batch[field.name]
            if _is_long(field):
                records[field.name] = _pointers(values, number, row)
            elif field.kind == "text":
                records[field.name] = texts(values, field.width, b"\0")
            else:
                made = numbers(values, field, per_second=1000)
                records[field.name] = _as_stata(*made)
        row += len(batch)
        if len(records):
            yield records.data.cast("B")


def _as_stata(
    values: npt.NDArray[np.float64], missing: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint64]:
    """Return doubles with Stata's own missing values, whose letter tells why."""
    made = np.ascontiguousarray(values, np.float64).view(np.uint64).copy()
    size = np.abs(values)
    if missing.any() or not (size <= _LARGEST).all():
        for letter, where in (
            ("l", size > _LARGEST),
            ("i", values == np.inf),
            ("m", values == -np.inf),
            ("n", np.isnan(values)),
        ):
            made[where] = _MISSING + (ord(letter) - ord("a") + 1) * _STEP
        made[missing] = _MISSING
    return made


def _pointers(values: pa.Array, column: int, row: int) -> npt.NDArray[np.uint64]:
    """Point at long texts: the column in the lower 16 bits, the row above them."""
    rows = np.arange(row + 1, row + 1 + len(values), dtype=np.uint64)
    made = rows << np.uint64(16) | np.uint64(column)
    empty = np.array([not text for text in values.to_pylist()], bool)
    made[empty] = 0
    return made


def _long_texts(layout: Layout) -> Iterator[bytes]:
    long = [(n, one.name) for n, one in enumerate(layout.fields, 1) if _is_long(one)]
    row = 0
    for batch in layout.chunks() if long else ():
        columns = [(number, batch[name].to_pylist()) for number, name in long]
        for place in range(len(batch)):
            for number, values in columns:
                if values[place]:
                    content = values[place].encode() + b"\0"
                    head = struct.pack(
                        "<LQBL", number, row + place + 1, 130, len(content)
                    )
                    yield b"GSO" + head + content
        row += len(batch)
