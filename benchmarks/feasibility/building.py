"""What an index takes: seconds for all rows and for one day's, and bytes."""

import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from enclave import durable
from enclave.feasibility.index import building
from enclave.feasibility.index.blocks import Blocks
from enclave.feasibility.index.building import build, folder_of
from enclave.feasibility.index.columns import BITS, EVENTS, OWN, OWN_STOP
from enclave.feasibility.index.packing import words_of
from enclave.feasibility.index.persons import write_persons
from enclave.feasibility.index.segment import Segment
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import working_engine
from enclave.warehouse.snapshot import Snapshot


# Of all rows, about what one day of ten years has.
DAY = 3650

# What the blocks of an index are about; all others are about persons.
PARTS = {
    "sets": "who has which code",
    "ancestors": "who has which code",
    "details": "with which value",
    "lists": "which codes there are",
}


def built(snapshot: Snapshot) -> float:
    """Build the index of a snapshot from nothing; return seconds."""
    shutil.rmtree(folder_of(snapshot), ignore_errors=True)
    begun = time.perf_counter()
    build(snapshot)
    return time.perf_counter() - begun


def built_for_a_day(snapshot: Snapshot) -> float:
    """Build the segments of one day's rows, as a daily load does; return seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=snapshot.folder) as name:
        folder = Path(name)
        with working_engine(folder / "spill") as engine:
            tables = [t for t in snapshot.catalogue.tables if t.kind == "event"]
            for table in tables:
                engine.execute(
                    f"COPY (FROM {rows_of(snapshot.files(table.name))}"
                    f" WHERE hash(person, date, code) % {DAY} = 0)"
                    f" TO '{folder}/{table.name}.parquet' (FORMAT parquet)"
                )
            begun = time.perf_counter()
            with durable.NewFiles() as files:
                people = rows_of(snapshot.files("person"))
                engine.execute(f"CREATE VIEW person AS FROM {people}")
                _, ordinals = write_persons(engine, folder, files)
                for table in tables:
                    file = f"{folder}/{table.name}.parquet"
                    into = folder, files
                    building._segment(engine, into, table, [file], ordinals)
            return time.perf_counter() - begun


def bytes_by_part(folder: Path) -> dict[str, int]:
    """Return how many bytes say what."""
    found: dict[str, int] = defaultdict(int)
    for file in (folder / "segments").iterdir():
        segment = Segment(file)
        blocks = Blocks(file)
        for name in blocks.names():
            begin, stop = blocks.lies(name)
            if name == "events":
                for part, size in bytes_of_events(segment).items():
                    found[part] += size
            else:
                part = PARTS.get(name, "persons, and which variables they have")
                found[part] += stop - begin
    whole = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    # What is left are the persons, and the feet of the files.
    found["persons, and which variables they have"] += whole - sum(found.values())
    return dict(found)


def bytes_of_events(segment: Segment) -> dict[str, int]:
    """Return the same for the lists of events of one segment."""
    lists, day_bits = segment.columns.lists, segment.manifest.day_bits
    events, details = lists[:, EVENTS], lists[:, OWN_STOP] - lists[:, OWN]
    return {
        "on which day": 8 * int(words_of(events, day_bits).sum()),
        "with which value": 8
        * int((words_of(events, lists[:, BITS]) + (details + 1) // 2).sum()),
        "whose an event is": 8 * int(words_of(events, 1).sum()),
    }
