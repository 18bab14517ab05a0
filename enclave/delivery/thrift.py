"""Thrift's compact protocol, in which Parquet files say what they hold.

A struct is read into its fields by their numbers, each with how its value is written.
So it can be written again, to the same bytes, without knowing what it means.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

import io
from typing import Any, NamedTuple


# How values are written; there are no maps in Parquet.
_TRUE, _FALSE, _BYTE = 1, 2, 3
_WHOLE = (4, 5, 6)
_DOUBLE, _BINARY = 7, 8
_LISTS = (9, 10)
STRUCT = 12
# What does not fit beside the kind of a field or of a list's values.
_MOST_BESIDE = 15


class Field(NamedTuple):
    """A field of a struct: a number, a list or a struct, and bytes if it is none."""

    kind: int
    value: Any


class Values(NamedTuple):
    """A list or a set, of values of one kind."""

    kind: int
    values: list[Any]


Struct = dict[int, Field]


def read_struct(content: bytes) -> Struct:
    """Read the struct that some bytes begin with."""
    return _struct(io.BytesIO(content))


def written(struct: Struct) -> bytes:
    """Write a struct."""
    found, last = bytearray(), 0
    for number, (kind, value) in struct.items():
        step = number - last
        if 0 < step <= _MOST_BESIDE:
            found.append(step << 4 | kind)
        else:
            found.append(kind)
            found += _written(_WHOLE[0], number)
        found += _written(kind, value)
        last = number
    found.append(0)
    return bytes(found)


def _struct(content: io.BytesIO) -> Struct:
    found: Struct = {}
    number = 0
    while head := content.read(1)[0]:
        step, kind = head >> 4, head & 0xF
        number = number + step if step else _whole(content)
        # A field that is true or false has nothing but its kind.
        value = b"" if kind in (_TRUE, _FALSE) else _value(content, kind)
        found[number] = Field(kind, value)
    return found


def _value(content: io.BytesIO, kind: int) -> Any:
    if kind in _WHOLE:
        return _whole(content)
    if kind == _BINARY:
        return content.read(_natural(content))
    if kind in _LISTS:
        return _values(content)
    if kind == STRUCT:
        return _struct(content)
    return content.read({_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}[kind])


def _values(content: io.BytesIO) -> Values:
    head = content.read(1)[0]
    length, kind = head >> 4, head & 0xF
    if length == _MOST_BESIDE:
        length = _natural(content)
    return Values(kind, [_value(content, kind) for _ in range(length)])


def _whole(content: io.BytesIO) -> int:
    number = _natural(content)
    return number >> 1 ^ -(number & 1)


def _natural(content: io.BytesIO) -> int:
    number = place = 0
    while (byte := content.read(1)[0]) & 0x80:
        number |= (byte & 0x7F) << place
        place += 7
    return number | byte << place


def _written(kind: int, value: Any) -> bytes:
    if kind in _WHOLE:
        return _written_natural(value << 1 ^ value >> 63)
    if kind == _BINARY:
        return _written_natural(len(value)) + bytes(value)
    if kind in _LISTS:
        return _written_values(value)
    return written(value) if kind == STRUCT else bytes(value)


def _written_values(found: Values) -> bytes:
    length = len(found.values)
    head = bytes([min(length, _MOST_BESIDE) << 4 | found.kind])
    if length >= _MOST_BESIDE:
        head += _written_natural(length)
    return head + b"".join(_written(found.kind, value) for value in found.values)


def _written_natural(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
