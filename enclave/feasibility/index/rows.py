"""The events of a table as a build reads them: as numbers, in any order, once.

The engine streams them; each becomes one 64-bit number (person, day, detail) in its
list, in a file that is as long as all lists. So the memory that a build takes is that
of the longest list, not that of the table.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from enclave.errors import InputError
from enclave.feasibility.index.details import OTHERS, in_order, other_details
from enclave.feasibility.index.numbering import Numbering, Ordinals
from enclave.feasibility.index.scattering import scatter


_BATCH_ROWS = 1 << 18
# So many events lie in memory while they are put in order.
_FEW = 1 << 20
_DAY = "CAST(date - DATE '1970-01-01' AS INTEGER)"

_LISTS = f"""
FROM events SELECT code_system AS system, code, count(*) AS events,
  min({_DAY}) AS first, max({_DAY}) AS last
WHERE date IS NOT NULL GROUP BY ALL
"""
_EVENTS = f"""
FROM events JOIN list ON list.code = events.code
  AND list.system IS NOT DISTINCT FROM events.code_system {{join}}
SELECT list.number, person, {_DAY} - {{base}} AS day, coalesce(value, 0) AS value,
  CAST(2 * {{rest}} + CAST(value IS NULL AS INTEGER) AS UINTEGER) AS rest
WHERE date IS NOT NULL
"""


@dataclass(frozen=True)
class Packing:
    """How person, day and detail share 64 bits.

    Attributes
    ----------
    base
        Day that days count from, itself in days since 1970.
    """

    base: int
    day_bits: int
    detail_bits: int

    @property
    def shifts(self) -> tuple[int, int]:
        """Where person and day begin."""
        return self.day_bits + self.detail_bits, self.detail_bits

    @property
    def detail_mask(self) -> int:
        """The bits of the detail."""
        return (1 << self.detail_bits) - 1


@dataclass(frozen=True)
class Rows:
    """The events of a view, list by list.

    Attributes
    ----------
    lists
        ``system`` and ``code``, ascending as Python compares them.
    starts, stops
        Where the events of each list lie in ``packed``, in no order.
    details
        Sorted; ``number`` is what the events hold.
    orphans
        Events that were left out because their person is nobody's.
    """

    packing: Packing
    lists: pa.Table
    starts: np.ndarray
    stops: np.ndarray
    packed: np.ndarray
    details: pa.Table
    orphans: int


def read_rows(
    engine: duckdb.DuckDBPyConnection, file: Path, ordinals: Ordinals
) -> Rows:
    """Read the view ``events`` of an engine.

    Parameters
    ----------
    file
        Where the lists lie meanwhile if they are long.

    Raises
    ------
    InputError
        If person, day and detail do not fit into 64 bits.
    """
    lists, others, numbering = _sorted_lists(engine), other_details(engine), Numbering()
    packing = _packing(lists, len(ordinals))
    counts = lists["events"].to_numpy().astype(np.int64)
    starts = np.cumsum(counts) - counts
    stops, orphans = starts.copy(), 0
    packed = np.empty(0, np.uint64)
    if len(lists):
        packed = _room(file, int(counts.sum()))
        query = _query(engine, lists, others, packing)
        for batch in engine.sql(query).to_arrow_reader(_BATCH_ROWS):
            number, person, day, value, rest = (
                each.to_numpy(zero_copy_only=False) for each in batch.columns
            )
            detail = numbering.numbers(value, rest)
            rows = (number, ordinals.of(person), day, detail)
            orphans += int(scatter(rows, packing.shifts, stops, packed))
            if numbering.count > packing.detail_mask:
                raise _too_wide(packing, len(ordinals))
    details = in_order(engine, others, numbering.values, numbering.rests)
    return Rows(packing, lists, starts, stops, packed, details, orphans)


def _room(file: Path, events: int) -> np.ndarray:
    if events <= _FEW:
        return np.empty(events, np.uint64)
    return np.memmap(file, np.uint64, "w+", shape=(events,)).view(np.ndarray)


def _sorted_lists(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    found = engine.sql(_LISTS).to_arrow_table()
    systems, codes = found["system"].to_pylist(), found["code"].to_pylist()
    # As Python compares texts: so are they looked up.
    order = sorted(
        range(len(codes)),
        key=lambda row: (systems[row] is not None, systems[row] or "", codes[row]),
    )
    return found.take(pa.array(order, pa.int64()))


def _packing(lists: pa.Table, persons: int) -> Packing:
    base = min(lists["first"].to_pylist(), default=0)
    span = max(lists["last"].to_pylist(), default=0) - base
    left = 64 - span.bit_length() - persons.bit_length()
    # More details than 32 bits have no memory holds.
    packing = Packing(base, span.bit_length(), min(left, 32))
    if left < 1:
        raise _too_wide(packing, persons)
    return packing


def _too_wide(packing: Packing, persons: int) -> InputError:
    return InputError(
        f"The index cannot hold events over {1 << packing.day_bits:,} days with more"
        f" than {packing.detail_mask + 1:,} different results of {persons:,} persons."
        " Look for wrong dates in the source: enclave warehouse problems."
    )


def _query(
    engine: duckdb.DuckDBPyConnection,
    lists: pa.Table,
    others: pa.Table,
    packing: Packing,
) -> str:
    numbers = pa.array(np.arange(len(lists), dtype=np.uint32))
    lists = lists.select(["system", "code"]).append_column("number", numbers)
    _hold(engine, "list", lists)
    if len(others) < 2:
        return _EVENTS.format(base=packing.base, join="", rest="0")
    _hold(engine, "other", others)
    same = " AND ".join(
        f"other.{name} IS NOT DISTINCT FROM {sql}" for name, sql in OTHERS.items()
    )
    join = f"JOIN other ON {same}"
    return _EVENTS.format(base=packing.base, join=join, rest="other.rest")


def _hold(engine: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    engine.register("held", rows)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM held")
    engine.unregister("held")
