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
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.delivery.ahead import in_turn
from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.selection import RANK


# Bytes of one run. Two of them may be in memory at a time: one that is being put aside,
# and the next one.
RUN = 192 << 20
# Into how many ranges persons are cut, each of as many persons.
_RANGES = 256
# Rows of a piece that is cut once more, so that sorting takes as much memory however
# many rows there are.
_LARGE = 4 * ROW_GROUP

Counts = npt.NDArray[np.int64]


def pieces(
    rows: pa.RecordBatchReader, persons: int, few: frozenset[str], place: Path
) -> Iterator[pa.Table]:
    """Yield all rows, in the order of the persons' numbers but not sorted further.

    Each piece has at least as many rows as a row group, but the last one and what comes
    before a range that is cut once more. Where there is no row, there is one piece
    without rows.

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
    together = partial(_together, few=few, first=0, persons=persons)
    coming = in_turn(together, (batch for batch in rows if len(batch)))
    run, more = _run(coming)
    if not run:
        yield pa.Table.from_batches([_with_dictionaries(_nothing(rows), few)])
        return
    if not more:
        yield from _cut([_InMemory.of(run)], 0, persons)
        return
    place.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        ThreadPoolExecutor(1) as aside,
    ):
        runs: list[_PutAside] = []
        while run:
            path = Path(folder) / str(len(runs))
            # The engine finds the next rows meanwhile.
            waiting = aside.submit(_put_aside, run, path)
            run, _ = _run(coming)
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
class _Together:
    """A batch put together by ranges of persons.

    Attributes
    ----------
    starts
        Where each range begins, and where the last one ends.
    """

    rows: pa.RecordBatch
    starts: Counts


@dataclass(frozen=True)
class _InMemory:
    """A run in memory, with one dictionary of each column that has one."""

    batches: list[_Together]
    counts: Counts

    @classmethod
    def of(cls, run: Sequence[_Together]) -> "_InMemory":
        rows = pa.Table.from_batches([one.rows for one in run]).unify_dictionaries()
        starts = [one.starts for one in run]
        batches = [
            _Together(*one) for one in zip(rows.to_batches(), starts, strict=True)
        ]
        return cls(batches, np.diff(np.sum(starts, axis=0)))

    def between(self, first: int, end: int) -> Sequence[pa.RecordBatch]:
        return [
            one.rows.slice(one.starts[first], one.starts[end] - one.starts[first])
            for one in self.batches
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


def _run(coming: Iterator[_Together]) -> tuple[list[_Together], bool]:
    """Take batches until they are more than one run; say whether more may come."""
    run, size = [], 0
    for one in coming:
        run.append(one)
        size += one.rows.nbytes
        if size > RUN:
            break
    return run, size > RUN


def _together(
    batch: pa.RecordBatch, *, few: frozenset[str], first: int, persons: int
) -> _Together:
    """Put rows together that are of so many persons, from ``first`` on."""
    low, width = np.int32(first), np.int32(_width(persons))
    place = ((batch[RANK].to_numpy() - low) // width).astype(np.uint8)
    order = pa.array(np.argsort(place, kind="stable"))
    ends = np.cumsum(np.bincount(place, minlength=_RANGES))
    rows = _with_dictionaries(batch, few).take(order)
    return _Together(rows, np.concatenate([[0], ends]))


def _put_aside(run: Sequence[_Together], path: Path) -> Counts:
    """Write a run, range by range; return how many rows each has."""
    rows = _InMemory.of(run)
    with pa.ipc.new_file(str(path), rows.batches[0].rows.schema) as file:
        for one in range(_RANGES):
            file.write_batch(pa.concat_batches(rows.between(one, one + 1)))
    return rows.counts


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
        if waiting < ROW_GROUP and not (waiting and end == _RANGES):
            continue
        if waiting > _LARGE and width > 1:
            # Only the last range, which is fewer persons each time: what comes before
            # it might come out as the same few ranges again, without end.
            if waiting > more:
                yield _piece(runs, start, end - 1)
            yield from _cut_again(runs, end - 1, first + (end - 1) * width, width)
        else:
            yield _piece(runs, start, end)
        waiting, start = 0, end


def _cut_again(
    runs: Sequence[_Ranged], number: int, first: int, persons: int
) -> Iterator[pa.Table]:
    """Cut one range into as many as there were."""
    again = partial(_together, few=frozenset(), first=first, persons=persons)
    run = list(in_turn(again, _piece(runs, number, number + 1).to_batches()))
    yield from _cut([_InMemory.of(run)], first, persons)


def _piece(runs: Sequence[_Ranged], first: int, end: int) -> pa.Table:
    """Put some ranges of all runs together."""
    found = [batch for run in runs for batch in run.between(first, end)]
    return pa.Table.from_batches(found).unify_dictionaries()


def _width(persons: int) -> int:
    """Return how many persons a range has."""
    return -(-persons // _RANGES)


def _with_dictionaries(batch: pa.RecordBatch, few: frozenset[str]) -> pa.RecordBatch:
    """Make dictionaries of some columns."""
    names = batch.schema.names
    columns = [
        batch[name].dictionary_encode() if name in few else batch[name]
        for name in names
    ]
    return pa.record_batch(columns, names)


def _nothing(rows: pa.RecordBatchReader) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], rows.schema)
