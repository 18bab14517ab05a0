"""Open the columns of a segment, and make sure that all lists lie in their files."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from enclave.feasibility.index.columns import (
    BITS,
    DAYS,
    DETAILS,
    EVENTS,
    FIRSTS,
    OWN,
    OWN_STOP,
    SET,
    SET_STOP,
    Columns,
)
from enclave.feasibility.index.damage import damaged
from enclave.feasibility.index.layout import SegmentManifest
from enclave.feasibility.index.packing import words_of
from enclave.feasibility.index.writing import COLUMNS, OWN_DETAILS, detail_bits


# A number is read with the word of so many bytes behind it.
_WORD = 8
_MOST_BITS = 32


def open_columns(
    folder: Path,
    manifest: SegmentManifest,
    lists: pa.Table,
    sets: tuple[np.ndarray, np.ndarray],
    details: int,
) -> Columns:
    """Map the columns of a segment; processes share their pages.

    Parameters
    ----------
    sets
        The file of bitmaps, and where that of each list stops in it.
    details
        How many the segment has.

    Raises
    ------
    IntegrityError
        If a list lies outside of a file, or has a detail that there is not.
    """
    mapped = [_mapped(folder / name, np.uint8) for name in COLUMNS]
    columns = Columns(
        sets[0],
        mapped[0],
        mapped[1],
        mapped[2],
        _mapped(folder / OWN_DETAILS, np.uint32),
        np.zeros((len(lists), OWN_STOP + 1), np.int64),
        manifest.day_bits,
        manifest.base,
    )
    table, events, own = columns.lists, lists["events"], lists["details"].to_numpy()
    table[:, SET_STOP], table[:, EVENTS] = sets[1], events.to_numpy()
    table[:, SET] = np.concatenate([[0], sets[1]])[: len(table)]
    table[:, BITS] = [*map(detail_bits, own.tolist())]
    widths: tuple[np.ndarray | int, ...] = 1, manifest.day_bits, table[:, BITS]
    fits = 0 <= manifest.day_bits <= _MOST_BITS
    fits &= bool((table[:, EVENTS] <= 8 * len(columns.firsts)).all())
    for number, column, width in zip(
        (FIRSTS, DAYS, DETAILS), mapped, widths, strict=True
    ):
        lengths = 8 * words_of(table[:, EVENTS], width)
        table[:, number] = np.cumsum(lengths) - lengths
        fits &= int(lengths.sum()) + _WORD <= len(column)
    table[:, OWN_STOP] = np.cumsum(own)
    table[:, OWN] = table[:, OWN_STOP] - own
    if not fits or (table < 0).any() or not _are_there(columns, own, details):
        raise damaged()
    return columns


def _are_there(columns: Columns, own: np.ndarray, details: int) -> bool:
    """Return whether the bitmaps and the details of all lists are there."""
    begins, stops = columns.lists[:, SET], columns.lists[:, SET_STOP]
    if (stops < begins).any() or stops.max(initial=0) > len(columns.sets):
        return False
    kept = columns.own_details
    if not ((own >= 0) & (own <= len(kept))).all() or own.sum() > len(kept):
        return False
    # A loop that looks a detail up does not see whether it is there.
    return bool((kept[: own.sum()] < details).all())


def _mapped(path: Path, kind: type[np.unsignedinteger[Any]]) -> np.ndarray:
    # A file that ends within a number is shorter than its lists: that is seen later.
    size = path.stat().st_size // np.dtype(kind).itemsize
    if size == 0:
        raise damaged()
    return np.memmap(path, kind, "r", shape=(size,)).view(np.ndarray)
