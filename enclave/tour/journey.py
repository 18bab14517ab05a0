"""Walk the steps one after the other, each once, and time them."""

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave.settings import Settings
from enclave.store.database import Database
from enclave.tour.plan import TourPlan
from enclave.tour.progress import DoneStep, Progress


@dataclass(frozen=True)
class Tour:
    """Where a tour happens, and what it knows so far."""

    plan: TourPlan
    settings: Settings
    database: Database
    source: str
    folder: Path
    progress: Progress

    def __getitem__(self, step: str) -> dict[str, Any]:
        """Return the facts of a step that ended earlier."""
        facts = self.progress.facts(step)
        if facts is None:
            raise KeyError(step)
        return facts


@dataclass(frozen=True)
class Step:
    """One step of the journey.

    ``run`` must be repeatable: a tour killed within a step does that step again, and
    must find what was done already instead of doing it twice.
    """

    name: str
    title: str
    run: Callable[[Tour], dict[str, Any]]


def walk(tour: Tour, steps: list[Step]) -> Iterator[tuple[Step, DoneStep | None]]:
    """Do what has not been done yet.

    Yields
    ------
    tuple of Step and DoneStep or None
        Each step twice: with None when it begins, with its record when it has ended.
        A step that ended in an earlier run comes with its old record.
    """
    done = {step.name: step for step in tour.progress.steps}
    for step in steps:
        yield step, None
        if step.name not in done:
            start = time.monotonic()
            facts = step.run(tour)
            done[step.name] = DoneStep(
                name=step.name,
                facts=facts,
                seconds=round(time.monotonic() - start, 2),
                peak_mib=_peak_mib(),
            )
            tour.progress.add(done[step.name])
        yield step, done[step.name]


def _peak_mib() -> float:
    kib = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return round(kib / 1024, 1)
