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


# With fewer events in a list, handing them out costs more than it saves.
_WORTH_IT = 50_000


class Shard(NamedTuple):
    """The ordinals from ``start`` to before ``stop``."""

    start: int
    stop: int
    is_everybody: bool


def in_shards(
    work: Callable[[Shard], None], *, persons: int, events: int, lists: int
) -> None:
    """Do work for everybody, in one go or on all processors at once.

    Parameters
    ----------
    events, lists
        How many there are to be read.
    """
    parts = os.cpu_count() or 1
    if parts == 1 or events < _WORTH_IT * max(lists, 1):
        work(Shard(0, persons, is_everybody=True))
        return
    bounds = [persons * part // parts for part in range(parts + 1)]
    shards = [
        Shard(start, stop, is_everybody=False) for start, stop in pairwise(bounds)
    ]
    for _ in _pool().map(work, shards):
        pass


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="index")
