"""Share the persons of an index out among the processors.

The lists of an index are sorted by person, so each processor reads its own part of each
list and writes its own part of what comes out.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from enclave.feasibility.index.arena import ARENA


# With fewer events to read, handing them out costs more than it saves.
WORTH_IT = 60_000
PARTS = os.cpu_count() or 1
WORD = 64


class Shard(NamedTuple):
    """The ordinals from ``start``, a multiple of 64, to before ``stop``."""

    start: int
    stop: int


def in_shards(work: Callable[[Shard], None], *, persons: int, events: int) -> None:
    """Do work for everybody, in one go or on all processors at once.

    Parameters
    ----------
    work
        What it takes from the arena, it has until it returns.
    events
        How many there are to be read.
    """
    if PARTS == 1 or events < WORTH_IT:
        _alone(work, Shard(0, persons))
        return
    # Nobody else writes into the words that hold the bits of a shard.
    words = -(-persons // WORD)
    bounds = [min(words * part // PARTS * WORD, persons) for part in range(PARTS + 1)]
    first, *others = (Shard(*pair) for pair in pairwise(bounds))
    started = [_pool().submit(_alone, work, shard) for shard in others]
    try:
        _alone(work, first)
    finally:
        for one in started:
            one.result()


def _alone(work: Callable[[Shard], None], shard: Shard) -> None:
    ARENA.clear()
    work(shard)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARTS, thread_name_prefix="index")
