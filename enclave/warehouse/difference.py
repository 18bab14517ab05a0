"""What differs between two snapshots, table by table."""

import tempfile
from pathlib import Path
from typing import Literal

import duckdb

from enclave.warehouse.content import row_text, rows_of, schema_of
from enclave.warehouse.engine import one_row, working_engine
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier, identifiers
from enclave.warehouse.vocabulary import Described


class TableDifference(Described):
    """How one table differs.

    Attributes
    ----------
    rows_added, rows_removed
        A changed row counts as one removed and one added.
    persons_added, persons_removed
        Persons who are in the table of one snapshot only.
    changed_variables
        Variables in which persons who stayed have other values than before.
    variables_added, variables_removed
        Columns of one snapshot only.
    """

    table: str
    change: Literal["added", "removed", "changed", "unchanged"]
    rows_added: int = 0
    rows_removed: int = 0
    persons_added: int = 0
    persons_removed: int = 0
    changed_variables: tuple[str, ...] = ()
    variables_added: tuple[str, ...] = ()
    variables_removed: tuple[str, ...] = ()


class SnapshotDiff(Described):
    """How one snapshot differs from another."""

    before: int
    after: int
    tables: tuple[TableDifference, ...]


def diff(before: Snapshot, after: Snapshot) -> SnapshotDiff:
    """Compare two snapshots."""
    names = dict.fromkeys([*before.manifest.tables, *after.manifest.tables])
    # Beside the tables: it may have to sort as much as they hold.
    with (
        tempfile.TemporaryDirectory(prefix=".partial-", dir=before.folder) as spill,
        working_engine(Path(spill)) as engine,
    ):
        tables = [_table(engine, before, after, name) for name in names]
    return SnapshotDiff(before=before.number, after=after.number, tables=tuple(tables))


def _table(
    engine: duckdb.DuckDBPyConnection, before: Snapshot, after: Snapshot, name: str
) -> TableDifference:
    old, new = before.manifest.tables.get(name), after.manifest.tables.get(name)
    if old is None and new is not None:
        return TableDifference(
            table=name,
            change="added",
            rows_added=new.rows,
            persons_added=new.persons or 0,
        )
    if new is None and old is not None:
        return TableDifference(
            table=name,
            change="removed",
            rows_removed=old.rows,
            persons_removed=old.persons or 0,
        )
    if old is not None and new is not None and old.digest == new.digest:
        return TableDifference(table=name, change="unchanged")
    return _compare(engine, before.files(name), after.files(name), name)


def _compare(
    engine: duckdb.DuckDBPyConnection, old: list[str], new: list[str], name: str
) -> TableDifference:
    old_schema, new_schema = schema_of(engine, old), schema_of(engine, new)
    shared = [column for column in old_schema if column in new_schema]
    text, names = row_text(shared), identifiers(column for column, _ in shared)
    for kind, ours, theirs in (("removed", old, new), ("added", new, old)):
        other = f"(FROM {rows_of(theirs)} SELECT md5_number({text}) AS row_hash)"
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE {kind} AS FROM (FROM {rows_of(ours)}"
            f" SELECT {names}, md5_number({text}) AS row_hash)"
            f" ANTI JOIN {other} AS other USING (row_hash) SELECT {names}"
        )
    has_persons = ("person", "BIGINT") in shared
    return TableDifference(
        table=name,
        change="changed",
        rows_added=_count(engine, "FROM added SELECT count(*)"),
        rows_removed=_count(engine, "FROM removed SELECT count(*)"),
        persons_added=_only_in(engine, new, old) if has_persons else 0,
        persons_removed=_only_in(engine, old, new) if has_persons else 0,
        changed_variables=_changed(engine, shared) if has_persons else (),
        variables_added=tuple(
            column for column, kind in new_schema if (column, kind) not in shared
        ),
        variables_removed=tuple(
            column for column, kind in old_schema if (column, kind) not in shared
        ),
    )


def _changed(
    engine: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]]
) -> tuple[str, ...]:
    changed = []
    for column, _ in columns:
        values = f"SELECT person, {identifier(column)}"
        before = f"FROM removed SEMI JOIN added USING (person) {values}"
        lost = f"({before} EXCEPT ALL FROM added {values})"
        if _count(engine, f"FROM {lost} SELECT count(*)") > 0:
            changed.append(column)
    return tuple(changed)


def _only_in(
    engine: duckdb.DuckDBPyConnection, ours: list[str], theirs: list[str]
) -> int:
    return _count(
        engine,
        f"FROM {rows_of(ours)} ANTI JOIN {rows_of(theirs)} AS other USING (person)"
        " SELECT count(DISTINCT person)",
    )


def _count(engine: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(one_row(engine, query)[0])
