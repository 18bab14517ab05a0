"""What an index takes: seconds for all rows and for one day's, and bytes."""

import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from enclave.feasibility.index import building
from enclave.feasibility.index.building import build, folder_of
from enclave.feasibility.index.persons import write_persons
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import working_engine
from enclave.warehouse.snapshot import Snapshot


# Of all rows, about what one day of ten years has.
DAY = 3650

# What the files of an index are about.
PARTS = {
    "bitmaps": "who has which code",
    "firsts": "whose an event is",
    "days": "on which day",
    "details": "with which value",
    "own-details": "with which value",
}


def built(snapshot: Snapshot) -> float:
    """Build the index of a snapshot from nothing; return seconds."""
    shutil.rmtree(folder_of(snapshot), ignore_errors=True)
    begun = time.perf_counter()
    build(snapshot)
    return time.perf_counter() - begun


def built_for_a_day(snapshot: Snapshot) -> float:
    """Build the segments of one day's rows, as a daily load does; return seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
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
            people = rows_of(snapshot.files("person"))
            engine.execute(f"CREATE VIEW person AS FROM {people}")
            _, ordinals = write_persons(engine, folder)
            for table in tables:
                file = f"{folder}/{table.name}.parquet"
                building._segment(engine, folder, table, [file], ordinals)
            return time.perf_counter() - begun


def bytes_by_part(folder: Path) -> dict[str, int]:
    """Return how many bytes say what."""
    found: dict[str, int] = defaultdict(int)
    for file in folder.rglob("*"):
        if file.is_file():
            part = PARTS.get(file.name, "persons, and which variables they have")
            found[part] += file.stat().st_size
    return dict(found)
