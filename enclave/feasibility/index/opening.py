"""Where the lists of a segment lie in its file, and that all of them do."""

import numpy as np
import pyarrow as pa

from enclave.feasibility.index.blocks import WORD, Blocks
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
from enclave.feasibility.index.writing import EVENTS as EVENTS_BLOCK
from enclave.feasibility.index.writing import SETS


_MOST_BITS = 32
_DETAIL = 4


def open_columns(
    blocks: Blocks, manifest: SegmentManifest, lists: pa.Table, bounds: np.ndarray
) -> tuple[Columns, np.ndarray]:
    """Say where the columns of a segment are.

    Parameters
    ----------
    bounds
        Where the first set begins in the file, and where each stops.

    Returns
    -------
    tuple
        The columns; where the words of the first list begin, and where those of each
        stop.

    Raises
    ------
    IntegrityError
        If a list lies outside of the file.
    """
    events, details = lists["events"].to_numpy(), lists["details"].to_numpy()
    bits = np.array([*map(_bits_of, details.tolist())], np.int64)
    fits = 0 <= manifest.day_bits <= _MOST_BITS
    fits &= bool((events >= 0).all() and (details >= 0).all())
    lengths = [words_of(events, each) for each in (1, manifest.day_bits, bits)]
    lengths = [WORD * each for each in (*lengths, (details + 1) // 2)]
    begin, stop = blocks.lies(EVENTS_BLOCK)
    words = begin + np.concatenate([[0], np.cumsum(sum(lengths))]).astype(np.int64)
    sets_begin, sets_stop = blocks.lies(SETS)
    fits &= int(words[-1]) == stop and bool((np.diff(bounds) >= 0).all())
    fits &= int(bounds[0]) == sets_begin and int(bounds[-1]) == sets_stop
    if not fits:
        raise damaged()
    table = np.zeros((len(lists), OWN_STOP + 1), np.int64)
    table[:, SET], table[:, SET_STOP] = bounds[: len(lists)], bounds[1:][: len(lists)]
    table[:, EVENTS], table[:, BITS] = events, bits
    at = words[:-1]
    for number, length in zip((FIRSTS, DAYS, DETAILS), lengths[:3], strict=True):
        table[:, number], at = at, at + length
    table[:, OWN] = at // _DETAIL
    table[:, OWN_STOP] = table[:, OWN] + details
    file = blocks.file
    numbers = file[: len(file) // _DETAIL * _DETAIL].view(np.uint32)
    columns = file, file, file, file, numbers
    return Columns(*columns, table, manifest.day_bits, manifest.base), words


def _bits_of(details: int) -> int:
    """Return how many bits the numbers of so many details take."""
    return max(details - 1, 0).bit_length()
