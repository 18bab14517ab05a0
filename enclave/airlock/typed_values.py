"""Texts as values of the type that a column is described with.

The scan and the release ask the same reader, so that what passed is what loads.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from enclave.errors import InputError
from enclave.projects.forms.own_data import OwnColumn


_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


def typed(values: Sequence[str | None], column: OwnColumn) -> pa.Array:
    """Return the values of a column in the type it is described with.

    Raises
    ------
    InputError
        If one is not of that type; it names the column and never the value.
    """
    # An empty text is a text, and no number, date or boolean at all.
    known = values if column.type == "text" else [value or None for value in values]
    try:
        return _cast(known, column.type)
    except pa.ArrowInvalid:
        # Without its cause, which quotes the value.
        raise InputError(
            f"Column {column.name} has values that are not of the described type"
            f" {column.type}: reject the upload, and ask for one that fits."
        ) from None


def is_of_type(value: str, kind: str) -> bool:
    """Return whether a text is a value of a type."""
    try:
        _cast([value], kind)
    except pa.ArrowInvalid:
        return False
    return True


def _cast(values: Sequence[str | None], kind: str) -> pa.Array:
    return pa.array(values, pa.string()).cast(_TYPES[kind])
