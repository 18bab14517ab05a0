"""Who has an event so many days after another of theirs, whichever it is."""

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import Around
from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.bitmaps import bitmap
from enclave.feasibility.index.kernels import stack_up
from enclave.feasibility.index.segment import FIRST_DAY, LAST_DAY, Segment
from enclave.feasibility.index.shards import Shard, in_shards


Lists = list[tuple[Segment, range]]


def around(asked: Around, anchors: Lists, lists: Lists, persons: int) -> BitMap:
    """Return who has an event near an anchor.

    Parameters
    ----------
    anchors, lists
        Where the events of the anchor are, and those of the criterion.
    """
    met = np.zeros(persons, dtype=np.bool_)
    lower = FIRST_DAY if asked.from_days is None else asked.from_days
    upper = LAST_DAY if asked.to_days is None else asked.to_days

    def work(shard: Shard) -> None:
        stops, days = _days(asked.anchor, anchors, shard)
        for segment, run in lists:
            near = (stops, days, lower, upper)
            segment.near(run, asked.criterion, near, met, shard)

    every = [*anchors, *lists]
    in_shards(
        work,
        persons=persons,
        events=sum(segment.number_in(run) for segment, run in every),
        lists=sum(len(run) for _, run in every),
    )
    return bitmap(np.flatnonzero(met))


def _days(
    anchor: EventCriterion, lists: Lists, shard: Shard
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the days of each person stop, and the days, in no order."""
    counts = np.zeros(shard.stop - shard.start, dtype=np.uint32)
    for segment, run in lists:
        segment.number_of(run, anchor, counts, shard)
    days = np.empty(stack_up(counts), dtype=np.int32)
    # Once all are gathered, the cursor of a person stands where they stop.
    for segment, run in lists:
        segment.gather_days(run, anchor, (counts, days), shard)
    return counts, days
