"""SAS transport files of version 5 and 8, written as they come, in little memory.

Layouts: SAS technical support, TS-140 "The Record Layout of a Data Set in SAS Transport
(XPORT) Format", and "Record Layout of a SAS Version 8 or 9 Data Set in SAS Transport
Format". Times of creation are fixed, so that the same rows are the same bytes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from enclave.delivery.formats.ibm import as_ibm
from enclave.delivery.formats.layout import Field, Layout
from enclave.delivery.formats.records import numbers, texts
from enclave.errors import InputError


Version = Literal[5, 8]

_RECORD = 80
_WHEN = b"01JAN60:00:00:00"
_NAME = {5: 8, 8: 32}
_TEXT = {5: 200, 8: 32_767}
_MOST_COLUMNS = {5: 9_999, 8: 32_767}
_SHORT_LABEL = 40
_LONG_LABEL = 256
# The format SAS shows a value in: its name, width and decimals.
_SHOWN = {"date": ("E8601DA", 10, 0), "datetime": ("E8601DT", 26, 6)}


@dataclass(frozen=True)
class _Heads:
    library: str
    member: str
    descriptor: str
    names: str
    rows: str


_HEADS = {
    5: _Heads("LIBRARY", "MEMBER", "DSCRPTR", "NAMESTR", "OBS"),
    8: _Heads("LIBV8", "MEMBV8", "DSCPTV8", "NAMSTV8", "OBSV8"),
}


def write_xpt(
    layout: Layout, path: Path, version: Version, names: Mapping[str, str]
) -> None:
    """Write one table.

    Parameters
    ----------
    names
        What each column is called in the file, and the table itself under ``""``.

    Raises
    ------
    InputError
        If a text or the number of columns exceeds what the version holds.
    """
    _check(layout, version)
    kind = np.dtype([(field.name, _numpy(field)) for field in layout.fields])
    with path.open("wb") as file:
        file.write(_header(layout, version, names))
        for batch in layout.chunks():
            file.write(_records(batch, layout, kind))
        file.write(b" " * (-layout.rows * kind.itemsize % _RECORD))


def _records(batch: pa.RecordBatch, layout: Layout, kind: np.dtype) -> memoryview:
    records = np.empty(len(batch), kind)
    for field in layout.fields:
        values = batch[field.name]
        if field.kind == "text":
            records[field.name] = texts(values, field.width)
        else:
            records[field.name] = as_ibm(*numbers(values, field, per_second=1))
    return records.data.cast("B") if len(records) else memoryview(b"")


def _numpy(field: Field) -> str:
    return f"S{field.width}" if field.kind == "text" else ">u8"


def _header(layout: Layout, version: Version, names: Mapping[str, str]) -> bytes:
    head = _HEADS[version]
    descriptions, long_labels = b"", []
    place = 0
    for number, field in enumerate(layout.fields, 1):
        name = names[field.name]
        descriptions += _description(field, name, number, place, version)
        place += field.width
        if version == 8 and len(field.label.encode()) > _SHORT_LABEL:
            text = _cut(field.label, _LONG_LABEL)
            long_labels.append(
                struct.pack(">hhh", number, len(name), len(text)) + name.encode() + text
            )
    parts = [
        _line(head.library, "0" * 30),
        b"SAS     SAS     SASLIB  9.4     Linux   ".ljust(64) + _WHEN,
        _WHEN.ljust(_RECORD),
        _line(head.member, "000000000000000001600000000140"),
        _line(head.descriptor, "0" * 30),
        *_member(layout, version, names[""]),
        _line(head.names, f"{len(layout.fields):010d}" + "0" * 20),
        _padded(descriptions),
    ]
    if long_labels:
        parts += [
            _line("LABELV8", f"{len(long_labels):05d}".ljust(30)),
            _padded(b"".join(long_labels)),
        ]
    parts.append(_line(head.rows, "0" * 30))
    return b"".join(parts)


def _member(layout: Layout, version: Version, name: str) -> tuple[bytes, bytes]:
    width = _NAME[version]
    first = b"SAS     " + name.encode().ljust(width) + b"SASDATA 9.4     Linux   "
    label = _cut(layout.label, _SHORT_LABEL).ljust(_SHORT_LABEL)
    return (
        first.ljust(_RECORD - len(_WHEN)) + _WHEN,
        _WHEN.ljust(32) + label + b" " * 8,
    )


def _description(
    field: Field, name: str, number: int, place: int, version: Version
) -> bytes:
    """Describe one variable in 140 bytes, called a NAMESTR."""
    shown, width, decimals = _SHOWN.get(field.kind, ("", 0, 0))
    described = struct.pack(
        ">hhhh8s40s8shhhxx8shhl",
        2 if field.kind == "text" else 1,
        0,
        field.width,
        number,
        name.encode()[:8].ljust(8),
        _cut(field.label, _SHORT_LABEL).ljust(_SHORT_LABEL),
        shown.encode().ljust(8),
        width,
        decimals,
        0,
        b" " * 8,
        0,
        0,
        place,
    )
    if version == 8:
        length = min(len(field.label.encode()), _LONG_LABEL)
        described += name.encode().ljust(32) + struct.pack(">h", length)
    return described.ljust(140, b"\0")


def _check(layout: Layout, version: Version) -> None:
    if len(layout.fields) > _MOST_COLUMNS[version]:
        raise InputError(
            f"Table {layout.name} has {len(layout.fields)} columns, and SAS transport"
            f" {version} holds {_MOST_COLUMNS[version]}: ask for Parquet or CSV."
        )
    for field in layout.fields:
        if field.width > _TEXT[version]:
            other = "version 8, Stata" if version == 5 else "Stata"
            raise InputError(
                f"{layout.name}.{field.name} holds a text of {field.width} bytes, and"
                f" SAS transport {version} holds {_TEXT[version]}: ask for {other},"
                " Parquet or CSV."
            )


def _line(name: str, digits: str) -> bytes:
    return (f"HEADER RECORD*******{name:<8}HEADER RECORD!!!!!!!{digits}  ").encode()


def _padded(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // _RECORD) * _RECORD)


def _cut(text: str, length: int) -> bytes:
    """Return at most so many bytes of UTF-8, no letter cut in two."""
    return text.encode()[:length].decode(errors="ignore").encode()
