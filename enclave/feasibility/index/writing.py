"""Write the events of one segment, sorted by code and person.

List after list is sorted in memory and packed, several at a time; what comes out is
written in their order, with a checksum of each.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from enclave.feasibility.index.ancestry import ancestors, worth_keeping
from enclave.feasibility.index.blocks import BlockWriter, checksum, rows_written
from enclave.feasibility.index.numbering import Ordinals
from enclave.feasibility.index.packing import pack_lists, sort_lists
from enclave.feasibility.index.rows import Rows, read_rows
from enclave.feasibility.index.scattering import number_lists


# Blocks of a segment. That of the events and that of the sets are checked list by list.
EVENTS, SETS = "events", "sets"
LISTS, ANCESTORS, DETAILS = "lists", "ancestors", "details"
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
    """Some lists.

    Attributes
    ----------
    words
        What is written of them.
    described
        In rows, numbers of events, persons and details.
    sets
        Who is in each, as it is written.
    checks
        Of the words of each.
    """

    words: np.ndarray
    described: np.ndarray
    sets: list[bytes]
    checks: list[int]


def write_events(
    engine: duckdb.DuckDBPyConnection,
    writer: BlockWriter,
    scratch: Path,
    ordinals: Ordinals,
) -> Written:
    """Write the view ``events`` of an engine.

    Parameters
    ----------
    scratch
        Where many events may lie meanwhile.

    Raises
    ------
    InputError
        If person, day and detail do not fit into 64 bits.
    """
    begun, described, sets, checks = writer.place, [np.zeros((0, 3), np.int64)], [], []
    try:
        rows = read_rows(engine, scratch, ordinals)
        for part in _packed(rows):
            writer.write(part.words.data)
            described.append(part.described)
            sets += part.sets
            checks += part.checks
    finally:
        scratch.unlink(missing_ok=True)
    writer.end(EVENTS, begun=begun)
    writer.block(DETAILS, rows_written(rows.details.drop_columns("number")))
    every = np.concatenate(described)
    _write_lists(writer, rows.lists, every, (sets, checks))
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
    if len(parts) < 2:
        yield from map(work, parts)
        return
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
    widths = packing.shifts, packing.day_bits
    words, ends, stops, sets, set_ends = pack_lists(
        events, bounds, widths, (own, details)
    )
    return _Part(
        words,
        np.stack([counts, np.diff(stops, prepend=0), details], axis=1),
        [*_cut(sets.tobytes(), 2 * set_ends)],
        [*map(checksum, _cut(words.view(np.uint8), 8 * ends))],
    )


def _cut(content: bytes, ends: np.ndarray) -> Iterable[bytes]:
    """Return what lies one behind the other."""
    return (content[a:b] for a, b in pairwise([0, *ends.tolist()]))


def _write_lists(
    writer: BlockWriter,
    lists: pa.Table,
    described: np.ndarray,
    held: tuple[list[bytes], list[int]],
) -> None:
    sets, checks = held
    lists = lists.select(["system", "code"])
    for number, name in ((0, "events"), (2, "details")):
        lists = lists.append_column(name, pa.array(described[:, number], pa.int64()))
    persons = described[:, 1].tolist()
    written = [
        each if number < _FEW else _serialised(BitMap.deserialize(each))
        for each, number in zip(sets, persons, strict=True)
    ]
    runs = worth_keeping(
        ancestors(lists["system"].to_pylist(), lists["code"].to_pylist(), persons),
        [*map(len, written)],
        lambda run: _serialised(
            BitMap.union(*map(BitMap.deserialize, sets[run.start : run.stop]))
        ),
    )
    written += runs.values()
    begun = writer.place
    for each in written:
        writer.write(each)
    writer.end(SETS, begun=begun)
    about = pa.table(
        {
            "set_length": pa.array(map(len, written), pa.int64()),
            "set_check": pa.array(map(checksum, written), pa.uint64()),
        }
    )
    lists = lists.append_column("check", pa.array(checks, pa.uint64()))
    own = about.slice(0, len(lists))
    for name in own.column_names:
        lists = lists.append_column(name, own[name])
    writer.block(LISTS, rows_written(lists))
    above = {
        "start": pa.array([run.start for run in runs], pa.int64()),
        "stop": pa.array([run.stop for run in runs], pa.int64()),
    }
    above |= {name: about[name].slice(len(lists)) for name in about.column_names}
    writer.block(ANCESTORS, rows_written(pa.table(above)))


def _serialised(persons: BitMap) -> bytes:
    persons.run_optimize()
    return persons.serialize()
