"""Columns of Arrow as columns of numpy that fixed-width records are made of.

SAS and Stata both count days from 1 January 1960, and both keep records of a fixed
width one after the other.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enclave.delivery.formats.layout import Field


_EPOCH_DAYS = (date(1960, 1, 1) - date(1970, 1, 1)).days
_DAY_MICROSECONDS = 86_400_000_000

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def texts(
    values: pa.Array, width: int, padding: bytes = b" "
) -> npt.NDArray[np.bytes_]:
    """Return texts as UTF-8 bytes of one width; a missing text is empty."""
    if len(values) == 0:
        return np.empty(0, f"S{width}")
    filled = pc.fill_null(values.cast(pa.string()), "").cast(pa.binary())
    short = width - np.asarray(pc.binary_length(filled))
    if short.any():
        blanks = pa.array(
            [padding * number for number in range(width + 1)], pa.binary()
        )
        filled = pc.binary_join_element_wise(filled, blanks.take(pa.array(short)), b"")
    start = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset]
    return np.frombuffer(
        filled.buffers()[2], f"S{width}", count=len(values), offset=int(start)
    )


def numbers(values: pa.Array, field: Field, *, per_second: int) -> tuple[Doubles, Mask]:
    """Return numbers, days or moments as doubles, and which of them are missing.

    Parameters
    ----------
    per_second
        In which parts of a second moments are counted.
    """
    missing = np.asarray(pc.is_null(values))
    match field.kind:
        case "date":
            days = pc.fill_null(values.cast(pa.int32()), 0)
            return np.asarray(days, np.float64) - _EPOCH_DAYS, missing
        case "datetime":
            moments = pc.fill_null(values.cast(pa.timestamp("us")).cast(pa.int64()), 0)
            since = np.asarray(moments, np.int64) - _EPOCH_DAYS * _DAY_MICROSECONDS
            return since * per_second / 1_000_000, missing
        case "boolean":
            return np.asarray(
                pc.fill_null(values.cast(pa.int8()), 0), np.float64
            ), missing
    filled = pc.fill_null(values, 0)
    return np.asarray(filled, np.float64), missing
