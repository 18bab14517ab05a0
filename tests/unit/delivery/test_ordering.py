"""Rows are put in the order that comparing them would give."""

import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.delivery.ordering import in_order, order_of


TYPES = {
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.int32(), st.integers(-3, 3)),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "day": (pa.date32(), st.dates(date(1850, 1, 1), date(2100, 1, 1))),
    "time": (pa.timestamp("us"), st.datetimes()),
    "truth": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text("abæ ", max_size=3)),
}


def sorted_by_comparing(columns):
    """The obvious way: tuples, in which what is missing comes after everything."""
    rows = zip(*(column.to_pylist() for column in columns), strict=True)

    return sorted(rows, key=lambda row: [_comparable(value) for value in row])


def _comparable(value):
    """Missing ones after all others, texts by their bytes, minus zero before zero."""
    match value:
        case None:
            return (True,)
        case str():
            return (False, value.encode())
        case float():
            return (False, value, math.copysign(1, value))
        case _:
            return (False, value)


def taken(columns, order):
    found = (column.take(pa.array(order)).to_pylist() for column in columns)
    return list(zip(*found, strict=True))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_columns_are_sorted_as_by_comparing(data):
    names = data.draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=5))
    length = data.draw(st.integers(0, 12))
    columns = []
    for name in names:
        kind, values = TYPES[name]
        some = data.draw(st.lists(values, min_size=1, max_size=3))
        cells = st.one_of(st.none(), st.sampled_from(some), values)
        drawn = st.lists(cells, min_size=length, max_size=length)
        columns.append(pa.array(data.draw(drawn), kind))

    order = order_of(columns)

    assert sorted(order) == list(range(length))
    assert taken(columns, order) == sorted_by_comparing(columns)


@pytest.mark.parametrize("values", [[math.inf, -math.inf, -0.0, 1e-300, -1e300, 2.5]])
def test_numbers_of_any_size(values):
    order = order_of([pa.array(values)])

    assert [values[place] for place in order] == sorted(values)


def test_rows_that_are_alike_for_long_are_sorted_by_the_last_column():
    rng = np.random.default_rng(1)
    alike = [pa.array(np.zeros(5000)) for _ in range(4)]
    last = pa.array(rng.permutation(5000))

    order = order_of([*alike, last])

    assert last.take(pa.array(order)).to_pylist() == list(range(5000))


def test_rows_that_all_have_a_twin_are_sorted_by_the_next_column():
    first, second = pa.array([1.0, 0.0, 1.0, 0.0]), pa.array([1, 3, 0, 2])

    assert order_of([first, second]).tolist() == [3, 1, 2, 0]


def test_a_dictionary_in_order_says_the_same():
    column = pa.array(["b", None, "a", "b"]).dictionary_encode()

    ordered = in_order(column)

    assert ordered.dictionary.to_pylist() == ["a", "b"]
    assert ordered.to_pylist() == ["b", None, "a", "b"]
