"""The order of rows, found from numbers alone.

As many columns as fit are packed into 64 bits, from the left, and these are sorted.
Only rows that are alike so far are looked at again, with the next columns. Rows of a
hospital rarely are, so most columns are never sorted by: that is several times faster
than comparing rows, and the order is the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


Numbers = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_BITS = 64
_TOP = np.uint64(1 << 63)


def order_of(columns: Sequence[pa.Array]) -> Rows:
    """Return the rows in ascending order of their columns from left to right.

    What is missing comes last. The order of rows that are alike in every column is left
    open.

    Parameters
    ----------
    columns
        At least one; each of n values: numbers, dates, times, truth values, or texts,
        also as a dictionary whose values are in order.
    """
    waiting, count = list(columns), len(columns[0])
    if not count:
        return np.arange(0)
    key, bits = _packed(waiting, None, np.zeros(count, np.uint64), 0)
    key, order = _sorted(key, bits)
    # Where in the order the rows are that are alike so far, and in which group each is.
    places = np.arange(count) if waiting else order
    while waiting:
        new = np.concatenate([[True], key[1:] != key[:-1], [True]])
        alike = ~(new[:-1] & new[1:])
        places, groups = places[alike], np.cumsum(new[:-1][alike]).astype(np.uint64)
        if not len(places):
            break
        rows = order[places]
        key, bits = _packed(waiting, rows, groups, _width(groups))
        key, by_key = _sorted(key, bits)
        order[places] = rows[by_key]
    return order


def _sorted(key: Numbers, bits: int) -> tuple[Numbers, Rows]:
    """Return numbers of so many bits in ascending order, and where each came from."""
    places = np.arange(len(key))
    free = len(key).bit_length()
    if bits + free > _BITS:
        by_key = np.argsort(key)
        return key[by_key], by_key
    # Sorting numbers is several times faster than finding their order, so each takes
    # its place along.
    key <<= np.uint64(free)
    key |= places.view(np.uint64)
    key.sort()
    places = (key & np.uint64((1 << free) - 1)).view(np.int64)
    key >>= np.uint64(free)
    return key, places


def _packed(
    waiting: list[pa.Array], rows: Rows | None, groups: Numbers, bits: int
) -> tuple[Numbers, int]:
    """Pack the columns that fit beside the groups, and take them off the list.

    At least one does: there are fewer rows than 32 bits hold. Others only where they
    leave room for the rows' places.
    """
    key, packed = groups, False
    room = _BITS - len(groups).bit_length()
    while waiting:
        if packed and pa.types.is_floating(waiting[0].type):
            break  # it would take all bits
        numbers = _numbers(waiting[0], rows)
        width = _width(numbers)
        if not packed and bits + width > _BITS:
            numbers = _dense(numbers)
            width = _width(numbers)
        if bits + width > (room if packed else _BITS):
            break
        if width:
            key <<= np.uint64(width)
            key |= numbers
        bits, packed = bits + width, True
        del waiting[0]
    return key, bits


def _numbers(column: pa.Array, rows: Rows | None) -> Numbers:
    """Return numbers in the order of the rows' values, from 0; missing ones last."""
    if rows is not None:
        column = column.take(pa.array(rows))
    if not pa.types.is_dictionary(column.type) and not _is_number(column.type):
        column = in_order(column.dictionary_encode())
    if pa.types.is_dictionary(column.type):
        column = column.indices
    missing = np.asarray(column.is_null()) if column.null_count else None
    numbers = _unsigned(column)
    if missing is not None:
        kept = numbers[~missing]
        numbers[missing] = 0 if len(kept) == 0 else kept.min()
    numbers -= numbers.min()
    if missing is not None and not missing.all():
        if _width(numbers) == _BITS:  # no number is left above the greatest
            numbers = _dense(numbers)
        numbers[missing] = numbers.max() + np.uint64(1)
    return numbers


def _is_number(kind: pa.DataType) -> bool:
    """Say whether a type's values are numbers to a machine, of at most 64 bits."""
    return bool(pa.types.is_primitive(kind) and kind.bit_width <= _BITS)


def _unsigned(column: pa.Array) -> Numbers:
    """Map values to numbers without a sign, in the same order."""
    if pa.types.is_floating(column.type):
        bits = np.array(column.cast(pa.float64()).fill_null(0.0)).view(np.uint64)
        # Two's complement the other way round: all of a negative one is turned over.
        return np.where(bits & _TOP, ~bits, bits | _TOP)
    if pa.types.is_boolean(column.type):
        return np.array(column.cast(pa.uint8()).fill_null(0)).astype(np.uint64)
    if pa.types.is_uint64(column.type):
        return np.array(column.fill_null(0))
    size = pa.int32() if column.type.bit_width == _BITS // 2 else pa.int64()
    whole = column.cast(size).fill_null(0)
    numbers = np.asarray(whole).astype(np.int64).view(np.uint64)
    numbers ^= _TOP
    return numbers


def in_order(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Put a dictionary's values in order; the column says the same."""
    by_value = pc.sort_indices(column.dictionary)
    place = np.empty(len(by_value), np.int32)
    place[by_value.to_numpy()] = np.arange(len(by_value), dtype=np.int32)
    indices = pa.array(place).take(column.indices)
    return pa.DictionaryArray.from_arrays(indices, column.dictionary.take(by_value))


def _dense(numbers: Numbers) -> Numbers:
    _, places = np.unique(numbers, return_inverse=True)
    return places.astype(np.uint64)


def _width(numbers: Numbers) -> int:
    return int(numbers.max()).bit_length() if len(numbers) else 0
