"""The rows of an extract: CPR numbers, and what the permit lets stand beside them.

Every column comes from one place that is named here, its values have one shape, and
both are checked before anything is encrypted. So no column about health can ride along,
whatever a mapping calls it.
"""

import csv
import re
from dataclasses import dataclass
from io import StringIO
from typing import Any

import duckdb
import pyarrow as pa

from enclave.cohort.evaluation import persons
from enclave.delivery.cpr_extract.permit import Permit
from enclave.errors import IntegrityError, PolicyRefusal
from enclave.identity.cpr import CprClass, classify
from enclave.identity.vault import Vault
from enclave.projects.forms.cpr_extract import ExtractColumn as Column
from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier
from enclave.warehouse.vocabulary import Role


CPR_KIND = "cpr"
_CPR_CLASSES = {CprClass.CPR, CprClass.CPR_NO_MOD11, CprClass.TEST}
# Where a place of treatment comes from: the code system of the column that names it.
_PLACES = {
    Column.HOSPITAL: "SHAK",
    Column.SOR: "SOR",
    Column.YDERNUMMER: "YDERNUMMER",
}
# Samples are what laboratories answer, and theirs is this code system.
_SAMPLES = "NPU"
_ISO = r"\d{4}-\d{2}-\d{2}"
_SHAPES = {
    Column.CPR: r"\d{10}",
    Column.HOSPITAL: r"\d{4}[0-9A-Z]{0,3}",
    Column.SOR: r"\d{6,18}",
    Column.YDERNUMMER: r"\d{1,6}",
    Column.CONTACT_DATE: _ISO,
    Column.SAMPLE_DATE: _ISO,
    Column.PERIOD: rf"{_ISO}/{_ISO}",
}


@dataclass(frozen=True)
class Extract:
    """What is to be encrypted, and what may be told about it.

    Attributes
    ----------
    csv
        The rows; never to be written to disk as they are.
    sources
        Where each column comes from.
    left_out
        Persons of the cohort without a CPR number in use.
    """

    csv: bytes
    columns: tuple[Column, ...]
    sources: dict[str, str]
    persons: int
    rows: int
    left_out: int


def extract(permit: Permit, snapshot: Snapshot, vault: Vault) -> Extract:
    """Make the rows of a permit.

    Raises
    ------
    PolicyRefusal
        If the warehouse has nowhere to take a column from.
    IntegrityError
        If a value is not of its column's shape.
    """
    others = [one for one in permit.columns if one is not Column.CPR]
    columns = (Column.CPR, *others)
    sources: dict[Column, _Source] = {
        one: _source(one, snapshot.catalogue.tables) for one in others
    }
    _one_table(sources)
    with snapshot.connect() as connection:
        cohort = persons(permit.population, connection)
        rows = _rows(connection, cohort, permit, sources)
    numbers = _numbers(vault, cohort["person"])
    found = sorted(
        {(numbers[person], *beside) for person, *beside in rows if person in numbers}
    )
    _check_shapes(columns, found)
    return Extract(
        csv=_as_csv(columns, found),
        columns=columns,
        sources={"cpr": "identity vault"}
        | {one: _named(source) for one, source in sources.items()},
        persons=len({number for number, *_ in found}),
        rows=len(found),
        left_out=len(cohort) - len(numbers),
    )


_Source = tuple[str, str, str] | None


def _source(column: Column, tables: tuple[TableEntry, ...]) -> _Source:
    """Return table, column and date column; nothing for the period of the permit."""
    if column is Column.PERIOD:
        return None
    for table in tables:
        day = table.role("date") or table.role("from")
        if table.kind != "event" or day is None:
            continue
        if column is Column.SAMPLE_DATE:
            if _system(table, "code") == _SAMPLES:
                return table.name, day.name, day.name
        elif _system(table, "source") in _systems_of(column):
            place = table.role("source")
            found = day if column is Column.CONTACT_DATE or place is None else place
            return table.name, found.name, day.name
    raise PolicyRefusal(
        f"The warehouse has no column that {column} could come from: take it out of the"
        " application."
    )


def _system(table: TableEntry, role: Role) -> str | None:
    variable = table.role(role)
    return variable.code_system if variable else None


def _systems_of(column: Column) -> set[str]:
    """Return the code systems that tell a table of contacts for a column."""
    return set(_PLACES.values()) if column is Column.CONTACT_DATE else {_PLACES[column]}


def _one_table(sources: dict[Column, _Source]) -> None:
    tables = {source[0] for source in sources.values() if source is not None}
    if len(tables) > 1:
        raise PolicyRefusal(
            f"The columns come from {' and '.join(sorted(tables))}, whose rows do not"
            " belong together: apply for one extract each."
        )


def _rows(
    connection: duckdb.DuckDBPyConnection,
    cohort: pa.Table,
    permit: Permit,
    sources: dict[Column, _Source],
) -> list[tuple[Any, ...]]:
    window = permit.window
    period = f"{window.start}/{window.end}"
    named = {one: source for one, source in sources.items() if source is not None}
    if not named:
        return [(key, *[period] * len(sources)) for key in cohort["person"].to_pylist()]
    table, _, day = next(iter(named.values()))
    chosen = [
        f"CAST({identifier(sources[one][1])} AS VARCHAR)"  # type: ignore[index]
        if one in named
        else f"'{period}'"
        for one in sources
    ]
    connection.register("_permitted", cohort.select(["person"]))
    return connection.execute(
        f"SELECT DISTINCT person, {', '.join(chosen)} FROM {identifier(table)}"  # noqa: S608 - names of the catalogue
        f" SEMI JOIN _permitted USING (person)"
        f" WHERE CAST({identifier(day)} AS DATE) BETWEEN ? AND ?",
        [window.start, window.end],
    ).fetchall()


def _numbers(vault: Vault, keys: pa.ChunkedArray) -> dict[int, str]:
    """Return the CPR number in use of each person that has one."""
    rows = vault.ids_of(keys.combine_chunks()).to_pylist()
    return {
        row["person"]: row["id"].replace("-", "")
        for row in rows
        if row["kind"] == CPR_KIND
        and row["valid_to"] is None
        and classify(row["id"]) in _CPR_CLASSES
    }


def _check_shapes(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> None:
    for place, column in enumerate(columns):
        shape = re.compile(_SHAPES[column])
        wrong = sum(not shape.fullmatch(str(row[place] or "")) for row in rows)
        if wrong:
            raise IntegrityError(
                f"{wrong} values that should be of the column {column} are something"
                " else, so nothing was extracted. Have the mapping of that column put"
                " right."
            )


def _as_csv(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> bytes:
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(rows)
    return text.getvalue().encode()


def _named(source: _Source) -> str:
    return f"{source[0]}.{source[1]}" if source else "the permit"
