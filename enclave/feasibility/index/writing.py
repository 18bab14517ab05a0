"""Write one segment: the events of a table, sorted by code and person.

The engine streams the events once, in any order, as small numbers; each is packed into
one 64-bit number and put into its code's list on disk. Then list after list is sorted
in memory. So the memory a build takes is that of the longest list, not of the table.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.errors import InputError
from enclave.feasibility.index.bitmaps import BitmapWriter, ancestors, bitmap
from enclave.feasibility.index.kernels import scatter
from enclave.warehouse.engine import one_row


_BATCH_ROWS = 1 << 20
_DAY = "CAST(date - DATE '1970-01-01' AS INTEGER)"

_LISTS = f"""
FROM events JOIN ordinal USING (person)
SELECT code_system AS system, code, count(*) AS events,
  min({_DAY}) AS first, max({_DAY}) AS last
WHERE date IS NOT NULL GROUP BY ALL
"""
_RESULTS = """
FROM events SELECT DISTINCT value, operator, unit WHERE date IS NOT NULL
ORDER BY unit, operator, value
"""
_EVENTS = f"""
FROM events JOIN ordinal USING (person)
  JOIN list ON list.system IS NOT DISTINCT FROM events.code_system
    AND list.code = events.code{{join}}
SELECT list.number AS list, ordinal, {_DAY} - {{base}} AS day, {{result}} AS result
WHERE date IS NOT NULL
"""
_WITH_RESULT = """
  JOIN result ON result.value IS NOT DISTINCT FROM events.value
    AND result.operator IS NOT DISTINCT FROM events.operator
    AND result.unit IS NOT DISTINCT FROM events.unit"""


@dataclass(frozen=True)
class _Packing:
    """How person, day and result share 64 bits."""

    day_bits: int
    result_bits: int
    result_count: int

    def unpack(self, packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        days = packed >> np.uint64(self.result_bits)
        return (
            (days >> np.uint64(self.day_bits)).astype(np.uint32),
            days & np.uint64((1 << self.day_bits) - 1),
            packed & np.uint64((1 << self.result_bits) - 1),
        )


def write_events(
    engine: duckdb.DuckDBPyConnection, folder: Path, persons: int
) -> tuple[int, int]:
    """Write the view ``events`` of an engine into a folder; return base and events.

    Raises
    ------
    InputError
        If person, day and result do not fit into 64 bits.
    """
    lists = _sorted_lists(engine)
    results = engine.sql(_RESULTS).to_arrow_table()
    pq.write_table(results, folder / "results.parquet")
    base = min(lists["first"].to_pylist(), default=0)
    span = max(lists["last"].to_pylist(), default=0) - base
    packing = _Packing(
        day_bits=span.bit_length(),
        result_bits=max(len(results) - 1, 0).bit_length(),
        result_count=len(results),
    )
    if persons.bit_length() + packing.day_bits + packing.result_bits > 64:
        raise InputError(
            f"The index cannot hold events over {span:,} days with {len(results):,}"
            f" different results of {persons:,} persons. Look for wrong dates in the"
            " source: enclave warehouse problems."
        )
    stops = np.cumsum(lists["events"].to_numpy(), dtype=np.int64)
    _number(engine, "list", lists.select(["system", "code"]))
    _number(engine, "result", results)
    packed = _stream(engine, folder / "packed", base, packing, stops)
    placed = _write_columns(packed, folder, packing, stops)
    _write_bitmaps(folder, lists.append_column("stop", pa.array(stops)), placed)
    (folder / "packed").unlink(missing_ok=True)
    return base, int(stops[-1]) if len(stops) else 0


def _sorted_lists(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    found = engine.sql(_LISTS).to_arrow_table()
    systems, codes = found["system"].to_pylist(), found["code"].to_pylist()
    # As Python compares texts: so are they looked up.
    order = sorted(
        range(len(codes)),
        key=lambda row: (systems[row] is not None, systems[row] or "", codes[row]),
    )
    return found.take(pa.array(order, pa.int64()))


def _number(engine: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    numbers = pa.array(np.arange(len(rows), dtype=np.uint32))
    engine.register("numbered", rows.append_column("number", numbers))
    engine.execute(f"CREATE OR REPLACE TABLE {name} AS FROM numbered")
    engine.unregister("numbered")


def _stream(
    engine: duckdb.DuckDBPyConnection,
    path: Path,
    base: int,
    packing: _Packing,
    stops: np.ndarray,
) -> np.ndarray:
    if not len(stops):
        return np.empty(0, dtype=np.uint64)
    packed = np.memmap(path, np.uint64, "w+", shape=(int(stops[-1]),)).view(np.ndarray)
    cursor = np.concatenate([[0], stops[:-1]])
    shifts = (packing.day_bits + packing.result_bits, packing.result_bits)
    several = packing.result_count > 1
    query = _EVENTS.format(
        base=base,
        join=_WITH_RESULT if several else "",
        result="result.number" if several else "0",
    )
    for batch in engine.sql(query).to_arrow_reader(_BATCH_ROWS):
        rows = tuple(each.to_numpy(zero_copy_only=False) for each in batch.columns)
        scatter(tuple(each.astype(np.uint32) for each in rows), shifts, cursor, packed)
    return packed


def _write_columns(
    packed: np.ndarray, folder: Path, packing: _Packing, stops: np.ndarray
) -> list[BitMap]:
    """Write person, day and result; return who has an event in each list."""
    columns = [_new_column(folder / "person.npy", 32, len(packed))]
    columns.append(_new_column(folder / "day.npy", packing.day_bits, len(packed)))
    if packing.result_count > 1:
        path = folder / "result.npy"
        columns.append(_new_column(path, packing.result_bits, len(packed)))
    placed = []
    for start, stop in pairwise([0, *stops.tolist()]):
        events = np.sort(packed[start:stop])
        unpacked = packing.unpack(events)
        for target, values in zip(columns, unpacked, strict=False):
            target[start:stop] = values
        person = unpacked[0]
        new = np.concatenate([[True], person[1:] != person[:-1]])
        placed.append(bitmap(person[new]))
    return placed


def _new_column(path: Path, bits: int, length: int) -> Any:
    kind = np.uint16 if bits <= 16 else np.uint32
    if not length:
        # What is empty cannot be mapped.
        np.save(path, np.empty(0, kind))
        return np.empty(0, kind)
    return np.lib.format.open_memmap(path, "w+", kind, (length,))


def _write_bitmaps(folder: Path, lists: pa.Table, placed: list[BitMap]) -> None:
    writer = BitmapWriter(folder / "bitmaps")
    for each in placed:
        writer.append(each)
    lists = lists.select(["system", "code", "stop"])
    lists = lists.append_column("persons", pa.array([len(each) for each in placed]))
    lists = lists.append_column("bitmap_stop", pa.array(writer.stops, pa.int64()))
    pq.write_table(lists, folder / "lists.parquet")
    runs = ancestors(lists["system"].to_pylist(), lists["code"].to_pylist())
    for run in runs:
        writer.append(BitMap.union(*placed[run.start : run.stop]))
    writer.close()
    above = {
        "start": pa.array([run.start for run in runs], pa.int64()),
        "stop": pa.array([run.stop for run in runs], pa.int64()),
        "bitmap_stop": pa.array(writer.stops[len(placed) :], pa.int64()),
    }
    pq.write_table(pa.table(above), folder / "ancestors.parquet")


def count_orphans(engine: duckdb.DuckDBPyConnection) -> int:
    """Return how many events in ``events`` are of nobody in the table of persons."""
    query = "FROM events ANTI JOIN ordinal USING (person) SELECT count(*)"
    return int(one_row(engine, f"{query} WHERE date IS NOT NULL")[0])
