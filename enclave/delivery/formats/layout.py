"""What the columns of a delivered table are like, before they are written again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


Kind = Literal["text", "number", "date", "datetime", "boolean"]

# Doubles hold every whole number up to here, and SAS and Stata know only doubles.
MOST_EXACT = 2**53
_CHUNK_BYTES = 32 << 20
_MOST_ROWS = 65_536


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    width
        Bytes of its longest text, at least one; 8 for everything else.
    whole
        True for whole numbers that doubles hold exactly. Where some are larger, the
        column is text.
    described
        What the data dictionary says about it.
    """

    name: str
    kind: Kind
    width: int
    whole: bool
    described: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Its English label, with the unit."""
        label, unit = self.described["label"]["en"], self.described.get("unit")
        return f"{label} ({unit})" if unit else str(label)


@dataclass(frozen=True)
class Layout:
    """A table and its columns.

    Attributes
    ----------
    path
        Its Parquet file.
    columns
        What the data dictionary says about each.
    """

    name: str
    label: str
    rows: int
    path: Path
    columns: Mapping[str, Mapping[str, Any]]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its columns, once they were looked through."""
        with pq.ParquetFile(self.path) as file:
            widest = _widest(file)
            return tuple(
                _field(field, widest.get(field.name, 0), self.columns[field.name])
                for field in file.schema_arrow
            )

    @property
    def record(self) -> int:
        """Bytes of a row whose texts are all as long as they get."""
        return sum(field.width for field in self.fields)

    def chunks(self) -> Iterator[pa.RecordBatch]:
        """Read the rows a bounded number of bytes at a time, in their order."""
        size = max(1, min(_MOST_ROWS, _CHUNK_BYTES // self.record))
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(batch_size=size)


def layout_of(path: Path, described: Mapping[str, Any]) -> Layout:
    """Return the layout of a Parquet file.

    Parameters
    ----------
    described
        The table's part of the data dictionary.
    """
    return Layout(
        described["name"],
        described["label"]["en"],
        pq.read_metadata(path).num_rows,
        path,
        {column["name"]: column for column in described["columns"]},
    )


def _widest(file: pq.ParquetFile) -> dict[str, int]:
    """Return the bytes of each text column's longest text, and each largest integer."""
    looked_at = [
        field.name
        for field in file.schema_arrow
        if pa.types.is_string(field.type) or pa.types.is_integer(field.type)
    ]
    widest = dict.fromkeys(looked_at, 0)
    for batch in file.iter_batches(columns=looked_at):
        for name in looked_at:
            widest[name] = max(widest[name], _width(batch[name]))
    return widest


def _width(values: pa.Array) -> int:
    if pa.types.is_string(values.type):
        return pc.max(pc.binary_length(values)).as_py() or 0
    ends = pc.min_max(values)
    return max((abs(ends[end].as_py() or 0) for end in ("min", "max")), default=0)


def _field(field: pa.Field, widest: int, described: Mapping[str, Any]) -> Field:
    whole = pa.types.is_integer(field.type)
    if pa.types.is_string(field.type):
        return Field(field.name, "text", max(widest, 1), whole, described)
    if whole and widest > MOST_EXACT:
        width = len(str(-widest))
        return Field(field.name, "text", width, whole=False, described=described)
    return Field(field.name, _kind(field.type), 8, whole, described)


def _kind(kind: pa.DataType) -> Kind:
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_timestamp(kind):
        return "datetime"
    return "boolean" if pa.types.is_boolean(kind) else "number"
