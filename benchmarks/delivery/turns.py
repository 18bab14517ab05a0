"""Time ways that take turns, and compare them round by round."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


class Taken(NamedTuple):
    """Seconds on the clock, and seconds of all processors together."""

    clock: float
    work: float


@dataclass(frozen=True)
class Ratio:
    """How many times as much one way takes as another.

    Attributes
    ----------
    clock, work
        Medians of the ratios of each round.
    least, most
        The ratios by the clock that were farthest apart.
    """

    clock: float
    work: float
    least: float
    most: float


Rounds = list[Taken]


def taking_turns(rounds: int, *ways: Callable[[], object]) -> list[Rounds]:
    """Time each way once a round, after a round that does not count.

    A busy machine is busy for all of them then, but not alike: a way that waits for one
    processor while the other is idle suffers less from a neighbour.
    """
    times: list[Rounds] = [[] for _ in ways]
    for number in range(rounds + 1):
        for way, taken in zip(ways, times, strict=True):
            start, worked = time.perf_counter(), time.process_time()
            way()
            one = Taken(time.perf_counter() - start, time.process_time() - worked)
            if number:
                taken.append(one)
    return times


def compared(above: Rounds, below: Rounds, scale: float = 1) -> Ratio:
    """Return ``scale`` times the ratio of two ways' times, of the same rounds."""
    pairs = list(zip(above, below, strict=True))
    clocks = [scale * one.clock / other.clock for one, other in pairs]
    works = [scale * one.work / other.work for one, other in pairs]
    return Ratio(median(clocks), median(works), min(clocks), max(clocks))


def speed(number: int, taken: Rounds) -> Taken:
    """Return how many million things a second were done, by the clock and by work."""
    clock, work = (median(values) for values in zip(*taken, strict=True))
    return Taken(number / clock / 1e6, number / work / 1e6)
