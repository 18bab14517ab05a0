"""Write one segment: the events of a table, sorted by code and person.

List after list is sorted in memory and packed, several at a time; what comes out is
written in their order.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.feasibility.index.bitmaps import BitmapWriter, ancestors, bitmap
from enclave.feasibility.index.numbering import Ordinals
from enclave.feasibility.index.packing import pack, words_of
from enclave.feasibility.index.rows import Packing, Rows, read_rows
from enclave.feasibility.index.scattering import find_details, number_within


# The columns of a segment's events, and the numbers of the details of each list: files
# of 64-bit and of 32-bit numbers, list after list.
COLUMNS = ("firsts", "days", "details")
OWN_DETAILS = "own-details"
# Lists in work at a time: what they come to waits in memory until it is written.
_AT_ONCE = 64
# With fewer events, handing a list out costs more than working on it.
_WORTH_IT = 20_000


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    base
        Day that the column of days counts from, itself in days since 1970.
    orphans
        Events that were left out because their person is nobody's.
    """

    base: int
    day_bits: int
    events: int
    orphans: int


class _List(NamedTuple):
    events: int
    persons: BitMap
    columns: tuple[np.ndarray, ...]
    own_details: np.ndarray


def write_events(
    engine: duckdb.DuckDBPyConnection, folder: Path, ordinals: Ordinals
) -> Written:
    """Write the view ``events`` of an engine into a folder.

    Raises
    ------
    InputError
        If person, day and detail do not fit into 64 bits.
    """
    rows = read_rows(engine, folder / "packed", ordinals)
    described: list[tuple[int, int, int]] = []
    persons: list[BitMap] = []
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / name).open("wb"))
            for name in (*COLUMNS, OWN_DETAILS)
        ]
        for each in _lists(rows):
            for file, column in zip(
                files, (*each.columns, each.own_details), strict=True
            ):
                file.write(column.data)
            described.append((each.events, len(each.persons), len(each.own_details)))
            persons.append(each.persons)
        for file in files:
            # A number is read with the word behind it; and nothing is no file to map.
            file.write(bytes(8))
    (folder / "packed").unlink(missing_ok=True)
    pq.write_table(
        rows.details.drop_columns("number"),
        folder / "details.parquet",
        compression="zstd",
    )
    _write_lists(folder, rows.lists, np.array(described).reshape(-1, 3), persons)
    events = sum(each[0] for each in described)
    return Written(rows.packing.base, rows.packing.day_bits, events, rows.orphans)


def _lists(rows: Rows) -> Iterator[_List]:
    """Sort and pack list after list; several at once, in their order."""
    rank = np.empty(len(rows.details), dtype=np.uint32)
    rank[rows.details["number"].to_numpy()] = np.arange(len(rank), dtype=np.uint32)
    room = threading.local()

    def work(number: int) -> _List:
        if not hasattr(room, "places"):
            room.places = np.zeros(len(rank), np.uint32), np.empty(len(rank), np.uint32)
        events = rows.packed[rows.starts[number] : rows.stops[number]]
        return _list(events, rows.packing, rank, room.places)

    def work_through(numbers: range) -> list[_List]:
        return [work(number) for number in numbers]

    parts = _parts(rows.stops - rows.starts)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(parts), _AT_ONCE):
            for done in pool.map(work_through, parts[start : start + _AT_ONCE]):
                yield from done


def _parts(events: np.ndarray) -> list[range]:
    """Put neighbouring lists together that are not worth handing out alone."""
    parts, start, held = [], 0, 0
    for number, count in enumerate(events.tolist(), start=1):
        held += count
        if held >= _WORTH_IT or number == len(events):
            parts.append(range(start, number))
            start, held = number, 0
    return parts


def _list(
    events: np.ndarray,
    packing: Packing,
    rank: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
) -> _List:
    place, found = places
    own = np.zeros(1, np.uint32)
    # Most tables say of an event who, what and when, and nothing else.
    if len(rank) > 1:
        count = find_details(events, packing.detail_mask, rank, place, found)
        own = np.sort(found[:count])
        number_within(events, packing.detail_mask, own, place)
    events.sort()
    widths = packing.day_bits, detail_bits(len(own))
    words = [int(words_of(len(events), width)) for width in (1, *widths)]
    columns = tuple(np.zeros(each, dtype=np.uint64) for each in words)
    who = np.empty(len(events), dtype=np.uint32)
    persons = pack(events, packing.shifts, widths, columns, who)
    return _List(len(events), bitmap(who[:persons]), columns, own)


def detail_bits(count: int) -> int:
    """Return how many bits the details of a list take, if it has so many."""
    return max(count - 1, 0).bit_length()


def _write_lists(
    folder: Path, lists: pa.Table, described: np.ndarray, placed: list[BitMap]
) -> None:
    writer = BitmapWriter(folder / "bitmaps")
    for each in placed:
        writer.append(each)
    lists = lists.select(["system", "code"])
    for name, numbers in zip(
        ("events", "persons", "details"), described.T, strict=True
    ):
        lists = lists.append_column(name, pa.array(numbers, pa.int64()))
    lists = lists.append_column("bitmap_stop", pa.array(writer.stops, pa.int64()))
    pq.write_table(lists, folder / "lists.parquet", compression="zstd")
    runs = ancestors(
        lists["system"].to_pylist(),
        lists["code"].to_pylist(),
        described[:, 1].tolist(),
    )
    for run in runs:
        writer.append(BitMap.union(*placed[run.start : run.stop]))
    writer.close()
    above = {
        "start": pa.array([run.start for run in runs], pa.int64()),
        "stop": pa.array([run.stop for run in runs], pa.int64()),
        "bitmap_stop": pa.array(writer.stops[len(placed) :], pa.int64()),
    }
    pq.write_table(pa.table(above), folder / "ancestors.parquet", compression="zstd")
