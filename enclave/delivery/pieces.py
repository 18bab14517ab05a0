"""Rows in pieces that are small enough to sort, each with all rows of its persons.

Rows are put together by ranges of persons batch by batch, which stays within the
processor's cache and is much faster than sorting. What is more than one *run* does not
stay in memory: each run is put aside, in the engine's own folder for such things, and a
piece is then some ranges of all runs.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.selection import RANK


# Bytes of one run, as an engine gives it. Three of them may be in memory at a time: one
# as it came and as it is put together, and the next one.
RUN = 192 << 20
# Into how many ranges persons are cut, each of as many persons.
_RANGES = 256
# Rows of a piece that is cut once more, so that sorting takes as much memory however
# many rows there are.
_LARGE = 4 * ROW_GROUP
_THREADS = 2

Counts = npt.NDArray[np.int64]


def pieces(
    rows: pa.RecordBatchReader, persons: int, few: frozenset[str], place: Path
) -> Iterator[pa.Table]:
    """Yield all rows, in the order of the persons' numbers but not sorted further.

    Each piece has at least as many rows as a row group, but the last. Where there is no
    row, there is one piece without rows.

    Parameters
    ----------
    rows
        With the number of each row's person, from 0 to ``persons`` - 1.
    few
        Columns of text with few different values. They become dictionaries at once:
        from here on, their values are moved and compared as numbers.
    place
        A folder where rows may be put aside; it is made if it is needed.
    """
    run, more = _run(rows)
    if not len(run):
        yield _with_dictionaries(run, few)
        return
    if not more:
        kept = _InMemory.of(_with_dictionaries(run, few), 0, persons)
        yield from _cut([kept], 0, persons)
        return
    place.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        ThreadPoolExecutor(1) as aside,
    ):
        runs: list[_PutAside] = []
        while len(run):
            path = Path(folder) / str(len(runs))
            # The engine finds the next rows meanwhile.
            waiting = aside.submit(_put_aside, run, path, persons, few)
            run, _ = _run(rows)
            runs.append(_PutAside(path, waiting.result()))
        yield from _cut(runs, 0, persons)


class _Ranged(Protocol):
    """Rows that can be had by ranges of persons.

    Attributes
    ----------
    counts
        Rows of each range.
    """

    @property
    def counts(self) -> Counts: ...

    def between(self, first: int, end: int) -> Sequence[pa.RecordBatch]:
        """Return the rows of some ranges."""


@dataclass(frozen=True)
class _InMemory:
    """A run in memory: batches, and where in each of them the ranges begin."""

    batches: list[tuple[pa.RecordBatch, Counts]]
    counts: Counts

    @classmethod
    def of(cls, rows: pa.Table, first: int, persons: int) -> "_InMemory":
        """Put rows together that are of so many persons, from ``first`` on."""
        low, width = np.int32(first), np.int32(_width(persons))

        def together(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Counts]:
            place = ((batch[RANK].to_numpy() - low) // width).astype(np.uint8)
            order = pa.array(np.argsort(place, kind="stable"))
            ends = np.cumsum(np.bincount(place, minlength=_RANGES))
            return batch.take(order), np.concatenate([[0], ends])

        with ThreadPoolExecutor(_THREADS) as threads:
            batches = list(threads.map(together, rows.to_batches()))
        return cls(batches, np.diff(np.sum([starts for _, starts in batches], axis=0)))

    def between(self, first: int, end: int) -> Sequence[pa.RecordBatch]:
        return [
            batch.slice(starts[first], starts[end] - starts[first])
            for batch, starts in self.batches
        ]


@dataclass(frozen=True)
class _PutAside:
    """A run in a file that has one batch for each range."""

    path: Path
    counts: Counts

    def between(self, first: int, end: int) -> Sequence[pa.RecordBatch]:
        # Read, not mapped: what is mapped stays in memory for as long. Opened each
        # time: there may be more runs than a process may have files open.
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as file:
            return [file.get_batch(one) for one in range(first, end)]


def _run(rows: pa.RecordBatchReader) -> tuple[pa.Table, bool]:
    """Take rows until they are more than one run; say whether more may come."""
    batches, size = [], 0
    for batch in rows:
        batches.append(batch)
        size += batch.nbytes
        if size > RUN:
            break
    return pa.Table.from_batches(batches, schema=rows.schema), size > RUN


def _put_aside(rows: pa.Table, path: Path, persons: int, few: frozenset[str]) -> Counts:
    """Write a run, range by range; return how many rows each has."""
    run = _InMemory.of(_with_dictionaries(rows, few), 0, persons)
    with pa.ipc.new_file(str(path), run.batches[0][0].schema) as file:
        for one in range(_RANGES):
            file.write_batch(pa.concat_batches(run.between(one, one + 1)))
    return run.counts


def _cut(runs: Sequence[_Ranged], first: int, persons: int) -> Iterator[pa.Table]:
    """Put ranges of all runs together until they are as many rows as a row group.

    Parameters
    ----------
    first, persons
        Of the first person, and how many there are.
    """
    waiting, start, width = 0, 0, _width(persons)
    for end, more in enumerate(np.sum([run.counts for run in runs], axis=0), 1):
        waiting += more
        if waiting >= ROW_GROUP or (waiting and end == _RANGES):
            found = [batch for run in runs for batch in run.between(start, end)]
            piece = pa.Table.from_batches(found).unify_dictionaries()
            low, some = first + start * width, (end - start) * width
            if waiting > _LARGE and some > 1:
                yield from _cut([_InMemory.of(piece, low, some)], low, some)
            else:
                yield piece
            waiting, start = 0, end


def _width(persons: int) -> int:
    """Return how many persons a range has."""
    return -(-persons // _RANGES)


def _with_dictionaries(rows: pa.Table, few: frozenset[str]) -> pa.Table:
    """Make dictionaries of some columns, each one for all rows."""
    names = rows.column_names
    columns = [
        rows[name].dictionary_encode() if name in few else rows[name] for name in names
    ]
    return pa.table(columns, names)
