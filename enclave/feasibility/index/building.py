"""Build the index of a snapshot, or take what an earlier one has in common with it.

A table that did not change keeps its segment. One that gained rows, as it does with
each daily load, has a file more than before: the first and largest file keeps its
segment, and the rows that came later make a second one, until they are so many that
one segment of all is better.
"""

import fcntl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from enclave import durable
from enclave.canonical import canonical_json, digest
from enclave.feasibility.index.layout import (
    FORMAT,
    IndexManifest,
    PersonsManifest,
    SegmentManifest,
)
from enclave.feasibility.index.persons import identity, number_persons, write_persons
from enclave.feasibility.index.presence import write_presence
from enclave.feasibility.index.writing import count_orphans, write_events
from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import working_engine
from enclave.warehouse.events import events_view
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


# Beyond this share of the largest file, later rows are no longer kept apart.
_APART = 0.1


def folder_of(snapshot: Snapshot) -> Path:
    """Return where the indexes of a warehouse lie."""
    return snapshot.folder / "feasibility"


def build(snapshot: Snapshot) -> IndexManifest:
    """Make sure that a snapshot has its index, and return its manifest.

    One build at a time: whoever comes second waits, and finds it done.
    """
    folder = folder_of(snapshot)
    folder.mkdir(exist_ok=True, mode=0o700)
    with _alone(folder):
        present = present_index(snapshot)
        if present is not None:
            return present
        # What a build that was killed has left: also what its engine had spilled.
        for name in (".", "persons", "segments", "snapshots"):
            durable.sweep_partials(folder / name)
        with (
            tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as spill,
            working_engine(Path(spill)) as engine,
        ):
            manifest = _build(snapshot, folder, engine)
        manifest.write(folder, snapshot.number)
        return manifest


def present_index(snapshot: Snapshot) -> IndexManifest | None:
    """Return the manifest of a snapshot's index, if it has one."""
    manifest = IndexManifest.read(folder_of(snapshot), snapshot.number)
    if manifest is None or manifest.format != FORMAT:
        return None
    return manifest if manifest.snapshot == snapshot.digest else None


def write_segment(
    engine: duckdb.DuckDBPyConnection,
    place: Path,
    table: str,
    persons: PersonsManifest,
    columns: tuple[Sequence[str], str | None] = ((), None),
) -> None:
    """Write one segment from the view ``events`` and the table ``ordinal``.

    Parameters
    ----------
    columns
        Columns of the table whose presence is kept, and the one with the date.
    """
    with durable.new_folder(place, mode=0o700) as partial:
        base, events = write_events(engine, partial, persons.count)
        names, date = columns
        presence = write_presence(engine, partial, table, names, date) if names else {}
        manifest = SegmentManifest(
            table=table,
            base=base,
            events=events,
            orphans=count_orphans(engine),
            persons=persons,
            presence=presence,
        )
        document = canonical_json(manifest.model_dump(mode="json"))
        (partial / "segment.json").write_bytes(document)


def _build(
    snapshot: Snapshot, folder: Path, engine: duckdb.DuckDBPyConnection
) -> IndexManifest:
    engine.execute(f"CREATE VIEW person AS FROM {rows_of(snapshot.files('person'))}")
    persons, keys = write_persons(engine, folder)
    engine.execute("DROP VIEW person")
    number_persons(engine, keys)
    segments = [
        _segment(engine, folder, table, files, keys)
        for table in snapshot.catalogue.tables
        if table.kind != "reference"
        for files in _parts(snapshot.files(table.name))
    ]
    return IndexManifest(
        format=FORMAT,
        snapshot=snapshot.digest,
        persons=persons,
        segments=tuple(segments),
    )


def _parts(files: list[str]) -> list[list[str]]:
    rows = {file: pq.read_metadata(file).num_rows for file in files}
    first, *later = sorted(files, key=lambda file: (-rows[file], file))
    if not later or sum(rows[file] for file in later) > _APART * rows[first]:
        return [files]
    return [[first], later]


def _segment(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    table: TableEntry,
    files: list[str],
    keys: np.ndarray,
) -> str:
    view = events_view((table,))
    content = digest([FORMAT, view, sorted(Path(file).name for file in files)])
    for known in sorted((folder / "segments").glob(f"{content}-*")):
        if _fits(known, keys):
            return known.name
    persons = identity(keys)
    name = f"{content}-{persons.digest[:16]}"
    source = identifier(table.name)
    engine.execute(f"CREATE VIEW {source} AS FROM {rows_of(files)}")
    engine.execute(view)
    columns = [each.name for each in table.variables]
    date = table.role("date")
    where = (columns, date.name if date else None)
    write_segment(engine, folder / "segments" / name, table.name, persons, where)
    engine.execute(f"DROP VIEW events; DROP VIEW {source}")
    return name


def _fits(known: Path, keys: np.ndarray) -> bool:
    """Say whether a segment's ordinals stand for the same persons now."""
    manifest = SegmentManifest.model_validate_json(
        (known / "segment.json").read_bytes()
    )
    before = manifest.persons
    if identity(keys[: before.count]) != before:
        return False
    # An event that had no person then may be of one who has come since.
    return before.count == len(keys) or manifest.orphans == 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
