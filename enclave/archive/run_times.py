"""When the steps of an analysis ran, how they ended, and that in words."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from enclave.archive.comparison.run_facts import RunFacts
from enclave.archive.run_record import RunRecord, Start


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepTimes(_Record):
    """When a step took place, and what it says of itself; ``run`` counts from 1."""

    run: int
    step: str
    started: datetime
    ended: datetime
    record: RunRecord


class RunTimes(_Record):
    """When a run took place, and what it says of itself.

    ``record`` is that of the last step, or of the one that failed; ``steps`` are all of
    an analysis that is more than one notebook.
    """

    started: datetime
    ended: datetime
    record: RunRecord
    steps: tuple[StepTimes, ...] = ()

    @property
    def failed_step(self) -> str:
        """What a person calls the step that failed; empty where there is but one."""
        if self.record.completed or not self.steps:
            return ""
        last = self.steps[-1]
        return f"run {last.run}, {last.step}" if last.run > 1 else last.step

    @property
    def seconds(self) -> float:
        """From the start of its first step to the end of its last."""
        return (self.ended - self.started).total_seconds()

    @property
    def start(self) -> Start:
        """How its kernels were started: forked if one of them was."""
        all_of_them = (self.record, *(step.record for step in self.steps))
        return "forked" if any(r.start == "forked" for r in all_of_them) else "cold"

    def facts(
        self, packages: Mapping[str, str], *, kernel: str = "", data: str = ""
    ) -> RunFacts:
        """Return what a noise rule may rely on."""
        return RunFacts(
            started=self.started,
            ended=self.ended,
            packages=packages,
            kernel=kernel,
            data=data,
        )


def in_words(times: RunTimes) -> str:
    """Say why a run failed: the cell, counted as in the source, and the cause."""
    record = times.record
    failure = record.failure
    if failure is None:
        return "not every cell was run"
    cell = record.failed_cell
    where = f"cell {cell} failed" if cell else _before_or_after(record)
    named = f"{times.failed_step}: " if times.failed_step else ""
    error = f", {failure.error}" if failure.error else ""
    return f"{named}{where} ({failure.cause.replace('_', ' ')}{error})"


def _before_or_after(record: RunRecord) -> str:
    after = record.cells and all(cell.seconds is not None for cell in record.cells)
    return f"it failed {'after its last' if after else 'before its first'} cell"
