"""Make what comes next while what came before is used."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar


Given = TypeVar("Given")
Made = TypeVar("Made")

# With more of them, more memory is taken at a time.
_MOST_THREADS = 4
THREADS = min(_MOST_THREADS, len(os.sched_getaffinity(0)))


def aside(make: Callable[[], Made]) -> Future[Made]:
    """Make one thing meanwhile, in a thread that ends by itself."""
    thread = ThreadPoolExecutor(1)
    made = thread.submit(make)
    thread.shutdown(wait=False)
    return made


def in_turn(
    make: Callable[[Given], Made], given: Iterable[Given]
) -> Generator[Made, None, None]:
    """Make something of each given thing, a few at a time; yield it in their order.

    No more are made ahead than there are threads, however slowly they are used. What
    gives the things is closed at the end, however that comes.
    """
    coming: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for thing in given:
                coming.append(threads.submit(make, thing))
                if len(coming) > THREADS:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)
            # Not left to whoever holds the error: it may have put rows on the disk.
            if isinstance(given, Generator):
                given.close()
