"""A table that is being read: Arrow batches, as often as they are asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa


class UnreadableError(Exception):
    """A file cannot be read, for one of the reasons that people are told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Table:
    """A table in a file.

    Attributes
    ----------
    format
        Of the file.
    names, declared
        Of its columns; the type that the file gives each, in our words, or nothing.
    batches
        Reads the rows from the first on. The columns have any type of Arrow.
    """

    format: str
    names: tuple[str, ...]
    declared: tuple[str, ...]
    batches: Callable[[], Iterator[pa.RecordBatch]]


def declared_as(kind: pa.DataType) -> str:
    """Return the word of a description for a type of Arrow."""
    types = pa.types
    if types.is_dictionary(kind):
        return declared_as(kind.value_type)
    words = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("number", lambda one: types.is_floating(one) or types.is_decimal(one)),
        ("date", types.is_date),
        ("time", lambda one: types.is_timestamp(one) or types.is_time(one)),
        ("text", lambda one: is_text(one) and not types.is_null(one)),
    )
    return next((word for word, test in words if test(kind)), "")


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type of Arrow is one of texts."""
    types = pa.types
    return bool(
        types.is_string(kind) or types.is_large_string(kind)
        or types.is_string_view(kind) or types.is_null(kind)
    )  # fmt: skip
