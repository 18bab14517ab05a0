"""Texts as values of the type that a column is described with.

The scan and the release ask the same reader, so that what passed is what loads.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from enclave.errors import InputError
from enclave.projects.forms.own_data import OwnColumn


_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


def typed(values: pa.ChunkedArray, column: OwnColumn) -> pa.ChunkedArray:
    """Return the values of a column in the type it is described with.

    Raises
    ------
    InputError
        If one is not of that type; it names the column and never the value.
    """
    # An empty text is a text, and no number, date or boolean at all.
    if column.type != "text":
        values = pc.if_else(pc.equal(values, ""), None, values)
    try:
        return values.cast(_TYPES[column.type])
    except pa.ArrowInvalid:
        # Without its cause, which quotes the value.
        raise InputError(
            f"Column {column.name} has values that are not of the described type"
            f" {column.type}: reject the upload, and ask for one that fits."
        ) from None


def is_of_type(value: str, kind: str) -> bool:
    """Return whether a text is a value of a type."""
    try:
        pa.array([value], pa.string()).cast(_TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return True
