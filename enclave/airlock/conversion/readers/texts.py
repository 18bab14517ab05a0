"""Columns of any type as texts that lose nothing."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from enclave.airlock.conversion.readers.unreadable import UnreadableError


_MOST_INTEGER = 9.2e18


@dataclass
class Moments:
    """How exact the moments of a column are: all of them are written in one way."""

    whole_days: bool = False
    whole_seconds: bool = False

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Moments":
        """Look at all of a column."""
        exact = cls(whole_days=True, whole_seconds=True)
        for chunk in column.chunks:
            exact.see(chunk)
        return exact

    def see(self, column: pa.Array) -> None:
        """Look at some of its values."""
        exact = _moments(column)
        seconds = pc.floor_temporal(exact, unit="second")
        days = pc.floor_temporal(exact, unit="day")
        self.whole_seconds &= pc.all(pc.equal(seconds, exact)).as_py() is not False
        self.whole_days &= pc.all(pc.equal(days, exact)).as_py() is not False


def texts(column: pa.Array, moments: Moments) -> pa.Array:
    """Return a column as texts, of which each can be read back as what it was."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return texts(column.dictionary_decode(), moments)
    if pa.types.is_floating(kind):
        return _numbers(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        written = _within_years(_moments_as_text(_moments(column), moments))
        return _with_offsets(column, written, moments) if kind.tz else written
    if pa.types.is_date(kind):
        return _within_years(column.cast(pa.string()))
    plain = is_text(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind)
    if plain or any(test(kind) for test in (pa.types.is_decimal, pa.types.is_time)):
        return _checked(column.cast(pa.string()))
    raise UnreadableError("nested")


def _numbers(column: pa.Array) -> pa.Array:
    """Write whole numbers without point or exponent, and others as short as exact."""
    size = pc.abs(column)
    # A zero may have a sign, which no whole number has.
    some = pc.and_(pc.greater(size, 0.0), pc.less(size, _MOST_INTEGER))
    whole = pc.and_(pc.equal(pc.trunc(column), column), some)
    nothing = pa.scalar(None, pa.float64())
    integers = pc.if_else(whole, column, nothing).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, column.cast(pa.string()))


def _moments(column: pa.Array) -> pa.Array:
    """Return moments as a clock on the wall showed them."""
    return pc.local_timestamp(column) if column.type.tz else column


def _moments_as_text(column: pa.Array, moments: Moments) -> pa.Array:
    if moments.whole_days:
        return column.cast(pa.date32()).cast(pa.string())
    if moments.whole_seconds:
        column = pc.cast(column, pa.timestamp("s"))
    return column.cast(pa.string())


def _with_offsets(column: pa.Array, written: pa.Array, moments: Moments) -> pa.Array:
    """Write how far from UTC the clock was: an hour of autumn is there twice."""
    if moments.whole_days:
        return written
    return pc.binary_join_element_wise(written, pc.strftime(column, format="%z"), "")


def _within_years(written: pa.Array) -> pa.Array:
    """Refuse days that no calendar has; Arrow writes a remark in their place."""
    if pc.any(pc.match_substring(written, "<")).as_py():
        raise UnreadableError("dates")
    return written


def _checked(column: pa.Array) -> pa.Array:
    column.validate(full=True)
    if pc.any(pc.match_substring(column, "\0")).as_py():
        raise UnreadableError("nul")
    return column


def declared_as(kind: pa.DataType) -> str:
    """Return the word of a description for a type of Arrow."""
    types = pa.types
    if types.is_dictionary(kind):
        return declared_as(kind.value_type)
    words = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("number", lambda one: types.is_floating(one) or types.is_decimal(one)),
        ("date", types.is_date),
        ("time", lambda one: types.is_timestamp(one) or types.is_time(one)),
        ("text", lambda one: is_text(one) and not types.is_null(one)),
    )
    return next((word for word, test in words if test(kind)), "")


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type of Arrow is one of texts."""
    types = pa.types
    return bool(
        types.is_string(kind) or types.is_large_string(kind)
        or types.is_string_view(kind) or types.is_null(kind)
    )  # fmt: skip
