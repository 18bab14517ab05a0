"""Build the index of a snapshot, or take what an earlier one has in common with it.

A table that did not change keeps its segment. One that gained rows, as it does with
each daily load, has a file more than before. The new file makes a segment of its own;
once later segments have grown to an eighth of the one before, they become one with it.
So a day costs what the day holds, and an index never has many segments.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from enclave import durable
from enclave.canonical import digest
from enclave.errors import IntegrityError
from enclave.feasibility.index.blocks import BlockWriter
from enclave.feasibility.index.formats import folder_in, forget_unused, hold_again
from enclave.feasibility.index.layout import (
    FORMAT,
    IndexManifest,
    SegmentManifest,
    manifest_file,
)
from enclave.feasibility.index.numbering import Ordinals
from enclave.feasibility.index.persons import write_persons
from enclave.feasibility.index.presence import write_presence
from enclave.feasibility.index.segment import Segment
from enclave.feasibility.index.writing import write_events
from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import working_engine
from enclave.warehouse.events import events_view
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


# A part has at least so many times the rows of the part after it.
_MUCH = 8


def folder_of(snapshot: Snapshot) -> Path:
    """Return where the indexes of a warehouse lie."""
    return folder_in(snapshot.folder)


def build(snapshot: Snapshot) -> IndexManifest:
    """Make sure that a snapshot has its index, and return its manifest.

    One build at a time: whoever comes second waits, and finds it done.
    """
    folder = folder_of(snapshot)
    hold_again(folder)
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
            durable.NewFiles() as files,
        ):
            manifest = _build(snapshot, files, engine)
        # All that it names is on the disk now.
        manifest.write(folder, snapshot.number)
        _forget_others(folder)
        forget_unused(folder)
        return manifest


def _forget_others(folder: Path) -> None:
    """Remove the manifests that cannot be read, and what none names any more.

    Whoever has such a file open can go on reading it.
    """
    named: set[str] = set()
    for file in (folder / "snapshots").glob("*.json"):
        manifest = IndexManifest.read(manifest_file(folder, int(file.stem)))
        if manifest is None or manifest.format != FORMAT:
            file.unlink()
        else:
            named |= {manifest.persons, *manifest.segments}
    for place in ("persons", "segments"):
        for path in (folder / place).iterdir():
            if path.name in named:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def present_index(snapshot: Snapshot) -> IndexManifest | None:
    """Return the manifest of a snapshot's index, if it has one."""
    return written_in(manifest_file(folder_of(snapshot), snapshot.number), snapshot)


def written_in(
    file: tuple[str, int, int] | None, snapshot: Snapshot
) -> IndexManifest | None:
    """Return the manifest in a file, if it is that of a snapshot's index."""
    manifest = IndexManifest.read(file)
    if manifest is None or manifest.format != FORMAT:
        return None
    return manifest if manifest.snapshot == snapshot.digest else None


def write_segment(
    engine: duckdb.DuckDBPyConnection,
    file: Path,
    table: str,
    ordinals: Ordinals,
    columns: tuple[Sequence[str], str | None] = ((), None),
) -> None:
    """Write one segment from the view ``events``.

    Parameters
    ----------
    columns
        Columns of the table whose presence is kept, and the one with the date.
    """
    with BlockWriter(file) as writer:
        scratch = file.with_name(f"{file.name}-lists")
        written = write_events(engine, writer, scratch, ordinals)
        presence = {}
        if columns[0]:
            presence = write_presence(engine, writer, (table, *columns), ordinals)
        manifest = SegmentManifest(
            table=table,
            base=written.base,
            day_bits=written.day_bits,
            events=written.events,
            orphans=written.orphans,
            persons=ordinals.identity,
            presence=presence,
        )
        writer.seal(manifest.model_dump(mode="json"))


def _build(
    snapshot: Snapshot, files: durable.NewFiles, engine: duckdb.DuckDBPyConnection
) -> IndexManifest:
    folder = folder_of(snapshot)
    engine.execute(f"CREATE VIEW person AS FROM {rows_of(snapshot.files('person'))}")
    persons, ordinals = write_persons(engine, folder, files)
    engine.execute("DROP VIEW person")
    segments = [
        _segment(engine, (folder, files), table, part, ordinals)
        for table in snapshot.catalogue.tables
        if table.kind != "reference"
        for part in _parts(snapshot.files(table.name))
    ]
    return IndexManifest(
        format=FORMAT,
        snapshot=snapshot.digest,
        persons=persons,
        segments=tuple(segments),
    )


def _parts(files: list[str]) -> list[list[str]]:
    """Put files together so that each part is much larger than the one after it.

    A day's file is then a part of its own, and of a year of them there are but a few.
    """
    rows = {file: pq.read_metadata(file).num_rows for file in files}
    parts: list[list[str]] = []
    for file in sorted(files, key=lambda each: (Path(each).stat().st_mtime_ns, each)):
        parts.append([file])
        while len(parts) > 1 and _rows(parts[-2], rows) < _MUCH * _rows(
            parts[-1], rows
        ):
            parts[-2:] = [parts[-2] + parts[-1]]
    return parts


def _rows(files: list[str], rows: dict[str, int]) -> int:
    return sum(rows[file] for file in files)


def _segment(
    engine: duckdb.DuckDBPyConnection,
    into: tuple[Path, durable.NewFiles],
    table: TableEntry,
    files: list[str],
    ordinals: Ordinals,
) -> str:
    view, (folder, new) = events_view((table,)), into
    content = digest([FORMAT, view, sorted(Path(file).name for file in files)])
    for known in sorted((folder / "segments").glob(f"{content}-*")):
        if _fits(known, ordinals):
            return known.name
    name = f"{content}-{ordinals.identity.digest[:16]}"
    source = identifier(table.name)
    engine.execute(f"CREATE VIEW {source} AS FROM {rows_of(files)}")
    engine.execute(view)
    columns = [each.name for each in table.variables]
    date = table.role("date")
    where = (columns, date.name if date else None)
    with new.new(folder / "segments" / name) as partial:
        write_segment(engine, partial, table.name, ordinals, where)
    engine.execute(f"DROP VIEW events; DROP VIEW {source}")
    return name


def _fits(known: Path, ordinals: Ordinals) -> bool:
    """Say whether a segment is whole, and its ordinals stand for the same persons now.

    Whatever describes it is checked. Its lists of events, nearly all of it, are not
    read here: each is checked when a question first comes to it, as of any segment.
    """
    try:
        manifest = Segment(known).manifest
    except IntegrityError:
        return False  # it is damaged, and is built anew
    before = manifest.persons
    if ordinals.identity_of(before.count) != before:
        return False
    # An event that had no person then may be of one who has come since.
    return before.count == len(ordinals) or manifest.orphans == 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
