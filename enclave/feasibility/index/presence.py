"""Who has a value of which variable, how many, and from which year to which."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from enclave.feasibility.index.bitmaps import those
from enclave.feasibility.index.blocks import Blocks, BlockWriter
from enclave.feasibility.index.damage import opening
from enclave.feasibility.index.numbering import Ordinals
from enclave.feasibility.index.scattering import note_presence
from enclave.warehouse.engine import one_row
from enclave.warehouse.sql import identifier


_BATCH_ROWS = 1 << 18
# Stands for the year of a row without a date.
NO_YEAR = 0


@dataclass(frozen=True)
class Presence:
    """The values of one variable in one segment; one row per person who has any.

    Attributes
    ----------
    values
        How many the person has.
    first, last
        Years of the person's rows with a value; ``NO_YEAR`` where none has a date.
    """

    persons: BitMap
    values: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    @opening()
    def read(cls, blocks: Blocks, number: int) -> "Presence":
        """Open a presence; processes share the pages of its columns."""
        rows = pa.ipc.open_file(pa.py_buffer(blocks.block(_rows(number)))).read_all()
        values, first, last = (
            np.asarray(rows[name].chunk(0)) if rows.num_rows else np.empty(0, np.uint8)
            for name in ("values", "first", "last")
        )
        persons = BitMap.deserialize(blocks.block(_persons(number)))
        return cls(persons, values, first, last)

    def write(self, writer: BlockWriter, number: int) -> None:
        """Write the columns as narrow as they may be."""
        columns = {"values": self.values, "first": self.first, "last": self.last}
        rows = pa.table({name: _narrow(each) for name, each in columns.items()})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.schema) as file:
            file.write_table(rows.combine_chunks())
        writer.block(_rows(number), memoryview(sink.getvalue()))
        self.persons.run_optimize()
        writer.block(_persons(number), self.persons.serialize())


def write_presence(
    engine: duckdb.DuckDBPyConnection,
    writer: BlockWriter,
    table: tuple[str, Sequence[str], str | None],
    ordinals: Ordinals,
) -> dict[str, int | None]:
    """Write the presence of every column of a table; return the number of each.

    Columns without an empty cell share one presence.

    Parameters
    ----------
    table
        Its name, its columns, and the one with the date of a row if it has one.
    """
    name, columns, date = table
    counts = ", ".join(f"count({identifier(each)})" for each in columns)
    total, *filled = one_row(
        engine, f"FROM {identifier(name)} SELECT count(*), {counts}"
    )
    numbers: dict[str, int | None] = {}
    for number, (each, count) in enumerate(zip(columns, filled, strict=True), start=1):
        if count == total:
            numbers[each] = 0
        else:
            numbers[each] = number if count else None
    year = f"coalesce(year({identifier(date)}), {NO_YEAR})" if date else str(NO_YEAR)
    for number in sorted({each for each in numbers.values() if each is not None}):
        column = columns[number - 1] if number else "person"
        query = (
            f"FROM {identifier(name)} SELECT person, CAST({year} AS USMALLINT)"
            f" WHERE {identifier(column)} IS NOT NULL"
        )
        _presence(engine, query, ordinals).write(writer, number)
    return numbers


def _rows(number: int) -> str:
    return f"presence-{number}"


def _persons(number: int) -> str:
    return f"presence-{number}-persons"


def _presence(
    engine: duckdb.DuckDBPyConnection, query: str, ordinals: Ordinals
) -> Presence:
    persons = len(ordinals)
    values = np.zeros(persons, dtype=np.uint32)
    years = np.full((2, persons), NO_YEAR, dtype=np.uint16)
    for batch in engine.sql(query).to_arrow_reader(_BATCH_ROWS):
        person, year = (each.to_numpy() for each in batch.columns)
        note_presence(ordinals.of(person), year, values, years)
    has = values > 0
    return Presence(those(has), values[has], years[0][has], years[1][has])


def _narrow(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
