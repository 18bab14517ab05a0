"""Make what comes next while what came before is used."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar


Given = TypeVar("Given")
Made = TypeVar("Made")

# Things that may be made before the one that is being used is done with.
_AHEAD = 3


@contextmanager
def ahead(things: Iterator[Made]) -> Iterator[Iterator[Made]]:
    """Make things while those before are used, in a thread of its own."""

    def one_by_one() -> Iterator[Made]:
        coming = deque(maker.submit(next, things, None) for _ in range(_AHEAD))
        while (thing := coming.popleft().result()) is not None:
            coming.append(maker.submit(next, things, None))
            yield thing

    with ThreadPoolExecutor(1) as maker:
        yield one_by_one()


def in_turn(
    threads: Executor, make: Callable[[Given], Made], given: Iterable[Given], most: int
) -> Iterator[Made]:
    """Make something of each given thing, a few at a time; yield it in their order.

    Parameters
    ----------
    most
        How many may be made before the one that is asked for is used.
    """
    coming: deque[Future[Made]] = deque()
    for thing in given:
        coming.append(threads.submit(make, thing))
        if len(coming) > most:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()
