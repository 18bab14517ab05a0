"""What changed between two versions of a project's data, and why.

Who came or went is explained by :mod:`enclave.delivery.reasons`. Rows of persons who
were there are late data if they tell of days before the earlier snapshot was made; a
row that was removed or replaced is a correction.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from enclave.delivery import folders
from enclave.delivery import manifest as manifests
from enclave.delivery.manifest import Manifest
from enclave.delivery.minimisation import POPULATION, PSEUDONYM, date_of
from enclave.delivery.reasons import reasons
from enclave.delivery.receipt_sentences import Statement, statement
from enclave.errors import InputError
from enclave.identity.opt_outs import OptOuts
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier
from enclave.warehouse.warehouse import Warehouse


class TableChange(BaseModel):
    """How the rows of one table changed, and those of how many persons.

    Attributes
    ----------
    of_new_persons, of_gone_persons
        Rows that came and went with their persons.
    added, removed
        Rows of persons who are in both versions.
    late
        Of those added, rows that tell of a day before the earlier snapshot was made.
    corrected_persons
        Persons in both versions of whom rows were removed: nothing is removed but to
        be corrected.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    of_new_persons: int
    of_gone_persons: int
    added: int
    removed: int
    late: int
    corrected_persons: int


class Difference(BaseModel):
    """What changed from one version to another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str
    old: int
    new: int
    tables: tuple[TableChange, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class _Version:
    folder: Path
    manifest: Manifest
    snapshot: Snapshot

    def file(self, table: str) -> str:
        path = self.folder / f"{table}.parquet"
        if not path.exists():
            raise InputError(
                f"Version {self.manifest.version} has no table {table} as Parquet, and"
                " only Parquet is compared: ask for it in the next data request."
            )
        return str(path)

    @property
    def tables(self) -> set[str]:
        return {table.name for table in self.manifest.tables}


def difference(
    settings: Settings, project: str, number: int, old: int, new: int
) -> Difference:
    """Compare two versions of a project's data.

    Parameters
    ----------
    number
        The project's number, under which its pseudonyms are made.

    Raises
    ------
    InputError
        If one of them is not there, or not as Parquet.
    IntegrityError
        If one of them was changed.
    """
    one, other = (_version(settings, project, each) for each in (old, new))
    opt_outs = OptOuts.of(settings)
    pseudonyms = Pseudonyms.for_project(settings, number)
    connection = duckdb.connect()
    changes = tuple(
        _table_change(connection, one, other, table.name, pseudonyms)
        for table in other.manifest.tables
        if table.name in one.tables and table.name != POPULATION
    )
    return Difference(
        project=project,
        old=old,
        new=new,
        tables=changes,
        statements=(
            *_about_grants(one.manifest, other.manifest),
            *_about_persons(connection, one, other, pseudonyms, opt_outs),
            *_about_tables(changes),
        ),
    )


def _version(settings: Settings, project: str, number: int) -> _Version:
    folder = folders.folder_of(settings, project, number)
    trusted = Signer.load(settings).public_key
    manifest = manifests.verify_folder(folder, trusted_key=trusted)
    return _Version(folder, manifest, Warehouse(settings).snapshot(manifest.snapshot))


def _table_change(
    connection: duckdb.DuckDBPyConnection,
    one: _Version,
    other: _Version,
    table: str,
    pseudonyms: Pseudonyms,
) -> TableChange:
    for name, version in (("was", one), ("is", other)):
        rows = connection.read_parquet(version.file(table))
        rows.create_view(f"{name}_rows", replace=True)
        persons = connection.read_parquet(version.file(POPULATION))
        persons.create_view(f"{name}_person", replace=True)
    shared = set(connection.view("was_rows").columns)
    columns = ", ".join(
        f'"{name}"' for name in connection.view("is_rows").columns if name in shared
    )
    came = _rows(connection, "is_rows", "was_person")
    went = _rows(connection, "was_rows", "is_person")
    for name, here, there in (("added", "is", "was"), ("removed", "was", "is")):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS"  # noqa: S608 - our own names
            f" (SELECT {columns} FROM {here}_rows SEMI JOIN {there}_person"
            f" USING ({PSEUDONYM})) EXCEPT ALL (SELECT {columns} FROM {there}_rows)"
        )
    removed = connection.table("removed").aggregate(
        f"count(*), count(DISTINCT {PSEUDONYM})"
    )
    ((gone, corrected),) = removed.fetchall()
    ((added,),) = connection.table("added").aggregate("count(*)").fetchall()
    return TableChange(
        table=table,
        of_new_persons=came,
        of_gone_persons=went,
        added=added,
        removed=gone,
        late=_late(connection, one, other, table, pseudonyms),
        corrected_persons=corrected,
    )


def _late(
    connection: duckdb.DuckDBPyConnection,
    one: _Version,
    other: _Version,
    table: str,
    pseudonyms: Pseudonyms,
) -> int:
    """Count the rows of ``added`` that tell of days before the earlier snapshot.

    A date that is given to the month counts as late if its month was over then.
    """
    day = date_of(other.snapshot.catalogue.table(table))
    if day is None or day not in connection.table("added").columns:
        return 0
    policy, then = other.manifest.date_policy, one.snapshot.manifest.created.date()
    step = policy.value if policy in {DatePolicy.MONTH, DatePolicy.YEAR} else "day"
    people = connection.execute(f"SELECT DISTINCT {PSEUDONYM} FROM added")  # noqa: S608
    names = [name for (name,) in people.fetchall()]
    keys = np.array([pseudonyms.reveal(name) for name in names], np.int64)
    shifts = pseudonyms.day_shifts(keys) if policy is DatePolicy.SHIFT else 0 * keys
    moved = pa.table({PSEUDONYM: pa.array(names, pa.string()), "_days": shifts})
    connection.register("moved", moved)
    ((late,),) = connection.execute(
        f"SELECT count(*) FROM added JOIN moved USING ({PSEUDONYM})"  # noqa: S608
        f" WHERE date_trunc('{step}', CAST({identifier(day)} AS DATE) - _days::INTEGER)"
        f" < date_trunc('{step}', DATE '{then}')"
    ).fetchall()
    return int(late)


def _rows(connection: duckdb.DuckDBPyConnection, rows: str, persons: str) -> int:
    """Count the rows of persons who are not in the other version."""
    others = connection.view(persons)
    ((number,),) = (
        connection.view(rows)
        .join(others, PSEUDONYM, how="anti")
        .aggregate("count(*)")
        .fetchall()
    )
    return int(number)


def _about_grants(one: Manifest, other: Manifest) -> list[Statement]:
    if one.grant == other.grant:
        return []
    return [statement("other_grant", None, old=one.grant, new=other.grant)]


def _about_persons(
    connection: duckdb.DuckDBPyConnection,
    one: _Version,
    other: _Version,
    pseudonyms: Pseudonyms,
    opt_outs: OptOuts,
) -> list[Statement]:
    before, after = (
        {
            pseudonyms.reveal(pseudonym)
            for (pseudonym,) in connection.execute(
                f"SELECT {PSEUDONYM} FROM read_parquet(?)"  # noqa: S608
                f" EXCEPT SELECT {PSEUDONYM} FROM read_parquet(?)",
                [here.file(POPULATION), there.file(POPULATION)],
            ).fetchall()
        }
        for here, there in ((one, other), (other, one))
    )
    found = reasons(
        one.snapshot,
        other.snapshot,
        opt_outs,
        came=after,
        gone=before,
        same_question=one.manifest.question_digest == other.manifest.question_digest,
    )
    said = [statement(reason, number) for reason, number in found.items()]
    return said or [statement("same_persons")]


def _about_tables(changes: tuple[TableChange, ...]) -> list[Statement]:
    said = []
    for change in changes:
        for code, number in (
            ("rows_of_new", change.of_new_persons),
            ("rows_of_gone", change.of_gone_persons),
            ("rows_late", change.late),
            ("rows_added", change.added - change.late),
            ("rows_corrected", change.removed),
        ):
            if number:
                said.append(
                    statement(
                        code,
                        number,
                        table=change.table,
                        persons=change.corrected_persons,
                    )
                )
    return said
