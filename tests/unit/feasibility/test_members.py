"""Sets of persons in memory are those of pyroaring, however each of them is held."""

from itertools import product

import numpy as np
import pytest
from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.bitmaps import bits
from enclave.feasibility.index.members import Members, everybody, union
from enclave.feasibility.index.runs import runs_of


PERSONS = 70_000
SHARES = [0, 0.001, 0.0157, 0.3, 1]


def drawn(seed):
    """Return sets from nobody to everybody: held as bitmaps, and held as bits."""
    random = np.random.default_rng(seed)
    return [BitMap(np.flatnonzero(random.random(PERSONS) < each)) for each in SHARES]


def test_few_are_held_as_a_bitmap_and_many_as_bits():
    sizes = [Members.of(each, PERSONS).nbytes for each in drawn(1)]

    assert sizes[0] < 100 < sizes[1] < 1000
    # One bit for each of 131,072 ordinals.
    assert sizes[2:] == [16_384] * 3


@pytest.mark.parametrize(("one", "two"), [*product(range(5), repeat=2)])
def test_what_is_put_together_is_what_pyroaring_puts_together(one, two):
    first, second = drawn(2)[one], drawn(3)[two]
    left, right = Members.of(first, PERSONS), Members.of(second, PERSONS)
    made = {
        "and": (left & right, first & second),
        "without": (left - right, first - second),
        "or": (left | right, first | second),
        "in order": (Members.of_ordinals(left.ordinals, PERSONS), first),
        "as words": (Members.of_words(bits(second, PERSONS), PERSONS), second),
    }

    for found, expected in made.values():
        assert found.bitmap == expected
        assert len(found) == len(expected)
        assert (found.words == bits(expected, PERSONS)).all()
    assert left.number_also_in(right) == len(first & second)
    # Neither of the two was changed by it.
    assert (left.bitmap, right.bitmap) == (first, second)


def test_the_union_of_no_sets_is_nobody_and_of_all_everybody():
    every = [Members.of(each, PERSONS) for each in drawn(4)]

    assert len(union([], PERSONS)) == 0
    assert len(union(every[:2], PERSONS)) == len(every[1])
    assert union(every, PERSONS).bitmap == everybody(PERSONS).bitmap
    assert everybody(PERSONS).bitmap == BitMap(range(PERSONS))


@pytest.mark.parametrize("last", ["Z", "~", "å", "\ud7ff", "\uffff", "\U0010ffff"])
def test_all_codes_that_begin_alike_are_meant_and_no_other(last):
    codes = sorted(["D", "DE", "DE1", f"DE1{last}", f"DE1{last}{last}", "DE2", "DF"])
    systems = {"SKS": range(len(codes))}

    [run] = runs_of(CodeList.of("SKS", "DE1*"), systems, codes)

    assert codes[run.start : run.stop] == [c for c in codes if c.startswith("DE1")]
