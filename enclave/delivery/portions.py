"""Rows in portions that fit into memory, each with all rows of its persons.

What fits as a whole is one portion. What does not is put aside in the engine's own
folder for such things, as it comes: a run of as many bytes as a portion is a file, cut
into ranges of persons. A portion is then some ranges of all runs.
"""

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.selection import RANK


# Bytes of one portion, as Arrow holds it. Sorting takes a few times as much.
PORTION = 64 << 20
# Into how many ranges persons are cut, each of as many persons.
_RANGES = 256

Counts = npt.NDArray[np.int64]
Sizes = npt.NDArray[np.float64]


def portions(
    connection: duckdb.DuckDBPyConnection,
    rows: duckdb.DuckDBPyRelation,
    persons: int,
) -> Iterator[pa.Table]:
    """Yield all rows, in the order of the persons' numbers but not sorted further.

    Parameters
    ----------
    rows
        With the number of each row's person, from 0 to ``persons`` - 1.
    """
    ((place,),) = connection.sql("SELECT current_setting('temp_directory')").fetchall()
    with rows.to_arrow_reader(ROW_GROUP) as reader:
        run, more = _run(reader)
        if not more:
            yield run
            return
        Path(place).mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as folder:
            counts: list[Counts] = []
            sizes = np.zeros(_RANGES)
            while len(run):
                path = Path(folder) / str(len(counts))
                counts.append(_put_aside(run, path, persons))
                # Rows that come later may be wider than those that come first.
                sizes += counts[-1] * (run.nbytes / len(run))
                run, _ = _run(reader)
            for first, end in _ranges(sizes):
                yield _put_back(Path(folder), counts, reader.schema, range(first, end))


def by_range(numbers: npt.NDArray[np.int32], persons: int) -> tuple[Counts, Counts]:
    """Put rows together by ranges of persons, the rows of a range as they come.

    Much faster than sorting, and enough to sort range by range.

    Parameters
    ----------
    numbers
        Of each row's person, from 0 to ``persons`` - 1.

    Returns
    -------
    tuple
        The places of the rows, and how many each range has.
    """
    place = numbers // np.int32(-(-persons // _RANGES))
    order = np.argsort(place.astype(np.uint8), kind="stable")
    return order, np.bincount(place, minlength=_RANGES)


def _run(reader: pa.RecordBatchReader) -> tuple[pa.Table, bool]:
    """Take rows until they are more than one portion; say whether more may come."""
    batches, size = [], 0
    for batch in reader:
        batches.append(batch)
        size += batch.nbytes
        if size > PORTION:
            break
    return pa.Table.from_batches(batches, schema=reader.schema), size > PORTION


def _put_aside(rows: pa.Table, path: Path, persons: int) -> Counts:
    """Write rows, one batch for each range of persons; return how many each has."""
    order, counts = by_range(rows[RANK].to_numpy(), persons)
    (together,) = rows.combine_chunks().take(pa.array(order)).to_batches()
    with pa.ipc.new_file(str(path), rows.schema) as file:
        for start, end in pairwise(np.cumsum([0, *counts])):
            file.write_batch(together.slice(start, end - start))
    return counts


def _ranges(sizes: Sizes) -> Iterator[tuple[int, int]]:
    """Put ranges together until each has about the size of a portion."""
    first, size = 0, 0.0
    for place, more in enumerate(sizes):
        if size and size + more > PORTION:
            yield first, place
            first, size = place, 0.0
        size += more
    yield first, len(sizes)


def _put_back(
    folder: Path, counts: list[Counts], schema: pa.Schema, ranges: range
) -> pa.Table:
    """Read some ranges of all runs."""
    batches = []
    for run, has in enumerate(counts):
        # Read, not mapped: what is mapped stays in memory for as long.
        with (
            pa.OSFile(str(folder / str(run))) as source,
            pa.ipc.open_file(source) as file,
        ):
            batches += [file.get_batch(one) for one in ranges if has[one]]
    return pa.Table.from_batches(batches, schema)
