"""What becomes of the figures on a larger register."""

from dataclasses import dataclass

import numpy as np

from benchmarks.feasibility.queries import SHAPES


INDEX = "the index"
Milliseconds = dict[str, dict[str, float]]

HEADING = "\n## A larger register\n\n"
NOT_MEASURED = (
    'Not measured in this run: `make bench-feasibility LARGER="5000000 300000000"`.\n'
)
EARLIER = "From an earlier run; *above* is what that run measured there.\n"

LARGER = """\
{persons:,} persons with {events:,} rows, beside DuckDB alone; milliseconds. *Growth* is
how many times as long as above, of {times:.1f} × as many rows.

| | {names} | geometric mean against the index | growth |
|---|{lines}---:|---:|
{rows}
Built in {seconds:.0f} s ({rate:.1f} million rows a second); {share:.0f} % of
the register's Parquet.
"""


@dataclass(frozen=True)
class Larger:
    """What was found on a larger register."""

    persons: int
    events: int
    milliseconds: Milliseconds
    build_seconds: float
    index_bytes: int
    source_bytes: int

    def written(self, smaller: Milliseconds, events: int) -> str:
        """Return the section about it.

        Parameters
        ----------
        smaller, events
            What the same engines took on the smaller register, and its rows.
        """
        return HEADING + LARGER.format(
            persons=self.persons,
            events=self.events,
            times=self.events / events,
            names=" | ".join(SHAPES),
            lines="---:|" * len(SHAPES),
            rows="".join(self._row(engine, smaller) for engine in self.milliseconds),
            seconds=self.build_seconds,
            rate=self.events / self.build_seconds / 1e6,
            share=100 * self.index_bytes / self.source_bytes,
        )

    def _row(self, engine: str, smaller: Milliseconds) -> str:
        own = self.milliseconds[engine]
        ratio = times(own, self.milliseconds[INDEX])
        growth = times(own, smaller[engine]) if engine in smaller else float("nan")
        shown = "1" if engine == INDEX else f"{ratio:.0f} ×"
        return f"| {engine} | {cells(own)} | {shown} | {growth:.1f} × |\n"


def of_earlier(page: str) -> str:
    """Return the section as a page that was written before has it, said to be that."""
    section = page.partition(HEADING)[2].removeprefix(EARLIER)
    if not section or section == NOT_MEASURED:
        return HEADING + NOT_MEASURED
    return HEADING + EARLIER + section


def times(one: dict[str, float], other: dict[str, float]) -> float:
    """Return how many times as long as another an engine takes, geometric mean."""
    return float(np.exp(np.mean([np.log(one[q] / other[q]) for q in SHAPES])))


def cells(taken: dict[str, float]) -> str:
    """Write milliseconds as cells of a table."""
    return " | ".join(
        f"{taken[q]:,.2f}" if taken[q] < 10 else f"{taken[q]:,.0f}" for q in SHAPES
    )
