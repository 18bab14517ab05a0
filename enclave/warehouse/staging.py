"""First pass: from the source through the door into typed rows.

Each row leaves the door as typed values, a person key in place of the id, and a list of
what could not be read. What could not be read is not kept, only its shape (``9`` for a
digit, ``A`` for a letter): columns may be shifted, and any cell may hold an id.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.errors import InputError
from enclave.warehouse.casting import Cell, cell
from enclave.warehouse.column import Column
from enclave.warehouse.door import Admission, Door
from enclave.warehouse.harmonisation import Rule, harmonised
from enclave.warehouse.inputs import Inputs
from enclave.warehouse.plan import Reading
from enclave.warehouse.sources.source import Source
from enclave.warehouse.sql import identifier, literal, literals


FINDING = "STRUCT(rule VARCHAR, variable VARCHAR, shape VARCHAR)"

_LONGEST_SHAPE = 40


@dataclass(frozen=True)
class _Typed:
    """One column on its way: its SQL before the door, and what may be found in it."""

    column: Column
    cell: Cell
    number: int

    @property
    def name(self) -> str:
        return identifier(self.column.name)

    @property
    def is_person(self) -> bool:
        return self.column.role == "person" or self.column.type == "person"

    def before(self) -> str:
        """Return the value, whether it was given and from what: three columns."""
        given = self.cell.given or "false"
        return (
            f"{self.cell.value} AS {self.name}, {given} AS _given{self.number},"
            f" {self.cell.raw} AS _raw{self.number}"
        )

    def after(self) -> str:
        """Return the value as it leaves the door."""
        return (
            f"door{self.number}.person AS {self.name}" if self.is_person else self.name
        )

    def join(self) -> str:
        if not self.is_person:
            return ""
        door = f"door{self.number}"
        on = f"{door}.id = typed.{self.name}"
        if self.column.role != "person":
            # Whoever opted out is not mentioned in the rows of others either.
            on += f" AND NOT {door}.opted_out"
        return f" LEFT JOIN door AS {door} ON {on}"

    def stays_out(self) -> list[str]:
        """Return SQL that is true of the rows of those who opted out."""
        if self.column.role != "person":
            return []
        return [f"coalesce(door{self.number}.opted_out, false)"]

    def findings(self) -> list[str]:
        """Return SQL that gives a finding or NULL, one for each possible rule."""
        key, raw = f"door{self.number}.person", f"_raw{self.number}"
        if self.column.role == "person":
            lost = f"typed.person IS NOT NULL AND {key} IS NULL"
            return [
                finding("missing_person", "person", "typed.person IS NULL"),
                finding("unknown_person", "person", lost),
            ]
        if self.is_person:
            lost = f"typed.{self.name} IS NOT NULL AND {key} IS NULL"
            return [finding("unknown_reference", self.column.name, lost)]
        found = []
        if self.cell.given is not None:
            lost = f"_given{self.number} AND typed.{self.name} IS NULL"
            found.append(finding(self.cell.rule, self.column.name, lost, raw))
        if self.column.units:
            strange = f"typed.{self.name} NOT IN ({literals(self.column.units)})"
            found.append(finding("unknown_unit", self.column.name, strange))
        return found


def admit_persons(
    source: Source, reading: Reading, door: Door, today: date
) -> Admission:
    """Let the persons of a source through the door."""
    column = reading.part.columns_by_role()["person"]
    inputs = reading.inputs()
    text = door.plain(inputs.text(column.source, column))
    rows = _cleaned(reading, inputs)
    with _incoming(source, reading, door):
        return door.admit(f"FROM ({rows}) SELECT {text}", today=today)


def stage(
    source: Source,
    reading: Reading,
    door: Door,
    file: Path,
    rules: Iterable[Rule] = (),
) -> None:
    """Write one table of the source as typed, harmonised rows with findings."""
    selection = harmonised(_selection(reading, door), rules)
    with _incoming(source, reading, door):
        door.engine.execute(
            f"COPY ({selection}) TO {literal(str(file))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )


@contextmanager
def _incoming(source: Source, reading: Reading, door: Door) -> Iterator[None]:
    """Let a table of the source stream in as ``incoming``.

    Raises
    ------
    InputError
        If the source breaks off or is not written as it says; the message names the
        table and no content.
    """
    try:
        door.engine.register("incoming", source.read(reading.table, reading.columns))
        yield
    except (duckdb.Error, pa.ArrowException) as error:
        raise InputError(
            f"The table {reading.table} of {source.place} cannot be read to its end:"
            " the file or connection broke off, or its encoding is not the one that the"
            " mapping says. Nothing was loaded."
        ) from error
    finally:
        door.engine.unregister("incoming")


def finding(rule: str, variable: str, condition: str, raw: str | None = None) -> str:
    """Return SQL that gives a finding where a condition is true, else NULL."""
    shape = "NULL" if raw is None else _shape(raw)
    return (
        f"CASE WHEN {condition} THEN {{'rule': {literal(rule)},"
        f" 'variable': {literal(variable)}, 'shape': {shape}}}::{FINDING} END"
    )


def findings(each: list[str]) -> str:
    """Return SQL of the list of those findings that there are."""
    return f"list_filter([{', '.join(each)}]::{FINDING}[], lambda x: x IS NOT NULL)"


def _shape(raw: str) -> str:
    digits = f"regexp_replace(left({raw}, {_LONGEST_SHAPE}), '[0-9]', '9', 'g')"
    return f"regexp_replace({digits}, '\\p{{L}}', 'A', 'g')"


def _selection(reading: Reading, door: Door) -> str:
    inputs = reading.inputs()
    columns = [
        _typed(number, column, inputs, door)
        for number, column in enumerate(reading.part.columns)
        if column.stored
    ]
    before = ", ".join(each.before() for each in columns)
    after = ", ".join(each.after() for each in columns)
    joins = "".join(each.join() for each in columns)
    found = findings([each for column in columns for each in column.findings()])
    out = " OR ".join(each for column in columns for each in column.stays_out())
    where = f" WHERE NOT ({out})" if out else ""
    return (
        f"FROM (FROM ({_cleaned(reading, inputs)}) SELECT {before}) AS typed{joins}"
        f" SELECT {after}, {found} AS findings{where}"
    )


def _typed(number: int, column: Column, inputs: Inputs, door: Door) -> _Typed:
    if column.role == "person" or column.type == "person":
        id_text = door.plain(inputs.text(column.source, column))
        return _Typed(column, Cell(value=id_text), number)
    return _Typed(column, cell(column, inputs), number)


def _cleaned(reading: Reading, inputs: Inputs) -> str:
    condition = reading.part.where
    where = ""
    if condition is not None:
        text = inputs.text(condition.source)
        where = f" WHERE {text} = {literal(condition.equals)}"
    cleaning = ", ".join(["*", *inputs.cleaning()])
    return f"FROM incoming SELECT {cleaning}{where}"
