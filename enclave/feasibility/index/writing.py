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
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.feasibility.index.bitmaps import BitmapWriter, ancestors
from enclave.feasibility.index.numbering import Ordinals
from enclave.feasibility.index.packing import pack_lists, sort_lists
from enclave.feasibility.index.rows import Rows, read_rows
from enclave.feasibility.index.scattering import number_lists


# The columns of a segment's events, and the numbers of the details of each list: files
# of 64-bit and of 32-bit numbers, list after list.
COLUMNS = ("firsts", "days", "details")
OWN_DETAILS = "own-details"
# Lists in work at a time: what they come to waits in memory until it is written.
_AT_ONCE = 64
# With fewer events, handing a list out costs more than working on it.
_WORTH_IT = 20_000
# A set of fewer persons gains nothing from being written as runs.
_FEW = 4_096


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


class _Part(NamedTuple):
    """Some lists: their columns, and in rows what each has.

    Attributes
    ----------
    described
        Numbers of events, persons and details.
    sets
        Their bitmaps, as they are written.
    """

    columns: tuple[np.ndarray, ...]
    own_details: np.ndarray
    described: np.ndarray
    sets: list[bytes]


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
    described, sets = [np.zeros((0, 3), np.int64)], []
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / name).open("wb"))
            for name in (*COLUMNS, OWN_DETAILS)
        ]
        for part in _packed(rows):
            columns = (*part.columns, part.own_details)
            for file, column in zip(files, columns, strict=True):
                file.write(column.data)
            described.append(part.described)
            sets += part.sets
        for file in files:
            # A number is read with the word behind it; and nothing is no file to map.
            file.write(bytes(8))
    (folder / "packed").unlink(missing_ok=True)
    pq.write_table(
        rows.details.drop_columns("number"),
        folder / "details.parquet",
        compression="zstd",
    )
    every = np.concatenate(described)
    _write_lists(folder, rows.lists, every, sets)
    events = int(every[:, 0].sum())
    return Written(rows.packing.base, rows.packing.day_bits, events, rows.orphans)


def _packed(rows: Rows) -> Iterator[_Part]:
    """Sort and pack list after list; several at once, in their order."""
    rank = np.empty(len(rows.details), dtype=np.uint32)
    rank[rows.details["number"].to_numpy()] = np.arange(len(rank), dtype=np.uint32)
    room = threading.local()

    def work(numbers: range) -> _Part:
        if not hasattr(room, "places"):
            room.places = np.zeros(len(rank), np.uint32), np.empty(len(rank), np.uint32)
        return _part(rows, numbers, rank, room.places)

    parts = _parts(rows.stops - rows.starts)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(parts), _AT_ONCE):
            yield from pool.map(work, parts[start : start + _AT_ONCE])


def _parts(events: np.ndarray) -> list[range]:
    """Put neighbouring lists together that are not worth handing out alone."""
    parts, start, held = [], 0, 0
    for number, count in enumerate(events.tolist(), start=1):
        held += count
        if held >= _WORTH_IT or number == len(events):
            parts.append(range(start, number))
            start, held = number, 0
    return parts


def _part(
    rows: Rows,
    numbers: range,
    rank: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
) -> _Part:
    packing = rows.packing
    lists = slice(numbers.start, numbers.stop)
    counts = rows.stops[lists] - rows.starts[lists]
    bounds = np.concatenate([[0], np.cumsum(counts)])
    # Between lists lies room for the events of nobody, which were left out.
    events = np.concatenate(
        [rows.packed[rows.starts[each] : rows.stops[each]] for each in numbers]
    )
    own, details = np.zeros(len(numbers), np.uint32), np.ones_like(counts)
    # Most tables say of an event who, what and when, and nothing else.
    if len(rank) > 1:
        mask = packing.detail_mask
        own, details = number_lists(events, bounds, mask, rank, places)
    if len(numbers) == 1:
        # One long list is sorted sooner so.
        events.sort()
    else:
        sort_lists(events, bounds)
    widths = np.array([*map(detail_bits, details.tolist())], np.int64)
    *columns, stops, sets, ends = pack_lists(
        events, bounds, packing.shifts, packing.day_bits, widths
    )
    described = np.stack([counts, np.diff(stops, prepend=0), details], axis=1)
    written = sets.tobytes()
    return _Part(
        tuple(columns),
        own,
        described,
        [written[2 * a : 2 * b] for a, b in pairwise([0, *ends.tolist()])],
    )


def detail_bits(count: int) -> int:
    """Return how many bits the details of a list take, if it has so many."""
    return max(count - 1, 0).bit_length()


def _write_lists(
    folder: Path, lists: pa.Table, described: np.ndarray, sets: list[bytes]
) -> None:
    writer = BitmapWriter(folder / "bitmaps")
    for each, persons in zip(sets, described[:, 1].tolist(), strict=True):
        if persons < _FEW:
            writer.write(each)
        else:
            writer.append(BitMap.deserialize(each))
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
        below = map(BitMap.deserialize, sets[run.start : run.stop])
        writer.append(BitMap.union(*below))
    writer.close()
    above = {
        "start": pa.array([run.start for run in runs], pa.int64()),
        "stop": pa.array([run.stop for run in runs], pa.int64()),
        "bitmap_stop": pa.array(writer.stops[len(sets) :], pa.int64()),
    }
    pq.write_table(pa.table(above), folder / "ancestors.parquet", compression="zstd")
