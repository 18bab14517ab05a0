"""What comes next is made meanwhile, a little of it, and in order."""

import threading

import pytest

from enclave.delivery.ahead import THREADS, aside, in_turn
from enclave.errors import PolicyRefusal


def test_things_come_in_their_order_whichever_is_made_first():
    second = threading.Event()

    def made(number):
        if number == 0 and THREADS > 1:
            assert second.wait(60)  # made beside the first one
        second.set()
        return number

    assert list(in_turn(made, range(9))) == list(range(9))


def test_what_is_made_aside_is_made_meanwhile_and_says_what_went_wrong():
    go_on = threading.Event()

    def made():
        assert go_on.wait(60)
        raise PolicyRefusal("no")

    coming = aside(made)
    go_on.set()

    with pytest.raises(PolicyRefusal, match="no"):
        coming.result()


def test_no_more_are_made_ahead_than_there_are_threads():
    """Otherwise all rows would be in memory where the disk is slow."""
    asked = []

    def given():
        for number in range(100):
            asked.append(number)
            yield number

    coming = in_turn(str, given())
    for number in range(20):
        assert next(coming) == str(number)
        assert len(asked) <= number + THREADS + 1


def test_what_goes_wrong_is_said_where_it_is_used():
    def refused(number):
        if number == 3:
            raise PolicyRefusal("free text")
        return number

    coming = in_turn(refused, range(10))

    assert [next(coming) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(PolicyRefusal, match="free text"):
        next(coming)


def numbers(ended):
    """Give a hundred numbers, and note when nobody wants more."""
    try:
        yield from range(100)
    finally:
        ended.append(True)


def test_closed_it_lets_go_of_what_was_given():
    """So that what was put aside is gone before it is said that a disk is full."""
    ended = []
    coming = in_turn(str, numbers(ended))
    assert next(coming) == "0"

    coming.close()

    assert ended == [True]


def test_what_goes_wrong_lets_go_of_what_was_given_while_it_is_held():
    """A worker holds the error while it writes down how the job ended."""
    ended = []

    def refused(number):
        raise PolicyRefusal(f"free text in {number}")

    with pytest.raises(PolicyRefusal) as held:
        list(in_turn(refused, numbers(ended)))

    assert held.value.__traceback__ is not None
    assert ended == [True]
