"""Write a large table within little memory, in a process of its own.

usage: large_delivery.py FOLDER ROWS MEMORY

Prints the MiB of memory that the process had before and at its peak, and the MiB that
were on disk meanwhile.
"""

import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path

import duckdb

from enclave.delivery.engine import bounded
from tests.builders.delivery import MANY, a_table, an_extraction


PERSONS = 100_000


def main(folder: str, rows: str, memory: str) -> None:
    place = Path(folder)
    connection = duckdb.connect()
    bounded(connection, place / "spill")
    connection.execute("SET memory_limit = ?", [memory])
    connection.sql(f"FROM range({int(rows)})").create_view("numbers")
    connection.view("numbers").project(
        f"(hash(range) % {PERSONS})::BIGINT AS person,"
        " DATE '2015-01-01' + (hash(range, 1) % 900)::INTEGER AS date,"
        " NULL::TIMESTAMP AS answered, md5(range::VARCHAR) AS code,"
        " (hash(range, 2) % 9999)::DOUBLE AS value"
    ).create_view("lab")
    extraction = an_extraction(connection, dict.fromkeys(range(PERSONS)))
    before, ended, spilled = _peak(), threading.Event(), []

    def watch() -> None:
        while not ended.wait(0.05):
            spilled.append(_bytes(place / "spill"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    table = a_table("lab.date", "lab.code", "lab.value", code=MANY)
    extraction.write(table, place / "lab.parquet")
    ended.set()
    watcher.join()
    sys.stdout.write(f"{before} {_peak()} {max(spilled) >> 20}\n")


def _bytes(folder: Path) -> int:
    found = 0
    for place, _, names in os.walk(folder):  # goes on where a folder is gone meanwhile
        for name in names:
            with suppress(FileNotFoundError):
                found += Path(place, name).stat().st_size
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main(*sys.argv[1:])
