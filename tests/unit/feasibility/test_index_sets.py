"""Sets of persons in the index: written as any roaring bitmap, and unions of codes."""

import gc
import threading

import numpy as np
import pytest
from pyroaring import BitMap

from enclave.feasibility.index import ancestry, arena
from enclave.feasibility.index.ancestry import ancestors, worth_keeping
from enclave.feasibility.index.arena import Arena, Rooms
from enclave.feasibility.index.bitmaps import (
    bitmap,
    bits,
    of_bits,
    those,
)


@pytest.mark.parametrize("share", [0, 0.001, 0.0625, 0.5, 1])
@pytest.mark.parametrize("number", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_set_is_the_one_that_pyroaring_makes(number, share):
    inside = np.random.default_rng(1).random(number) < share
    expected = BitMap(np.flatnonzero(inside).tolist())

    assert those(inside) == expected
    assert bitmap(np.flatnonzero(inside)) == expected
    # Also for what is done with it afterwards.
    assert those(inside) - BitMap(range(0, number, 2)) == expected - BitMap(
        range(0, number, 2)
    )
    assert of_bits(bits(expected, number)) == expected


def test_the_largest_ordinal_has_its_place():
    assert bitmap(np.array([0, 2**32 - 1], np.uint32)) == BitMap([0, 2**32 - 1])


@pytest.mark.parametrize("number", [0, 1, 2, 300, 4_096, 150_000])
def test_in_whichever_order_the_set_is_the_same(number):
    shuffled = np.random.default_rng(2).permutation(number)
    turned = np.arange(number)[::-1]

    expected = BitMap(range(number))
    assert bitmap(shuffled) == bitmap(turned) == expected
    assert bitmap(np.repeat(shuffled, 2)) == expected


def test_codes_that_begin_alike_are_kept_together(monkeypatch):
    monkeypatch.setattr(ancestry, "_FEWEST_PERSONS", 30)
    codes = ["A1", "A10", "A11", "A12", "B1", "B10", "B11", "B12", "B2", "A1", "A10"]
    systems = [None] * 9 + ["ATC"] * 2
    persons = [10] * 4 + [7] * 5 + [10] * 2

    runs = ancestors(systems, codes, persons)

    # All of A, which is all of A1 as well, and all of B; those of B1 are 28 at most,
    # and of ATC there are but two.
    assert runs == [range(4), range(4, 9)]


def test_a_union_is_kept_if_it_is_much_shorter_than_what_it_stands_for():
    lengths = [10, 10, 10, 10, 30, 10]
    # By itself the whole is a third of its lists; and where one part of it is kept, no
    # longer half of what is left to be read.
    made = {range(4): 12, range(4, 6): 30, range(6): 27}

    kept = worth_keeping([*made], lengths, lambda run: bytes(made[run]))
    others = worth_keeping([range(6)], lengths, lambda run: bytes(made[run]))

    assert {run: len(each) for run, each in kept.items()} == {range(4): 12}
    assert [*others] == [range(6)]


def test_the_arena_grows_to_what_was_wished_for():
    arena = Arena()
    large = 3 << 22
    first = arena.take(large, np.uint32)
    first[:] = 7
    arena.clear()

    second, third = arena.take(large, np.uint32), arena.zeros(1000, np.int64)

    assert len(second) == large
    assert not third.any()
    second[:] = 1
    assert not third.any()
    assert np.shares_memory(second, arena.take(0, np.uint32).base)


def test_the_rooms_of_all_threads_are_bounded_together(monkeypatch):
    monkeypatch.setattr(arena, "_MOST_IN_ALL", 3 << 24)
    rooms = Rooms()
    monkeypatch.setattr(arena, "_ROOMS", rooms)
    shared, taken, go = Arena(), threading.Barrier(6), threading.Event()

    def work():
        array = shared.zeros(1 << 22, np.int64)
        shared.clear()
        taken.wait()
        go.wait()
        assert not array.any()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    taken.wait()

    # Every thread has what it asked for, and no more than so much is kept.
    assert 0 < rooms.size <= 3 << 24

    go.set()
    for thread in threads:
        thread.join()
    gc.collect()
    # What is left is the room of this thread, which made the arena.
    assert rooms.size == 1 << 24
    shared.take(1 << 25, np.uint8)
    shared.clear()
    assert rooms.size == 3 << 24
