"""Two runs side by side: the verdict, and each output that changed.

The page of a report shows it, and so does a widget in the workspace. What it holds was
computed from a project's data, so it goes where those data are, and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from enclave.archive.comparison.compare import ComparedOutput, compare_notebooks
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Origin, Report
from enclave.archive.manifest import Manifest
from enclave.archive.notebook import read
from enclave.archive.report_sides import Sides, View, views_of


# Whoever sees the outputs was given the data that they come from.
_SEEN_BEFORE = frozenset({"frozen", "re-created"})


class ShownOutput(BaseModel):
    """One output that is shown, with its two sides where they say more."""

    model_config = ConfigDict(frozen=True)

    output: ComparedOutput
    view: View | None = None


class SideBySide(BaseModel):
    """What somebody sees of two runs.

    Attributes
    ----------
    name
        What was compared: a re-run, or two notebooks.
    data
        Which data a re-run was executed on; null for notebooks of a workspace.
    cause, failed_cell, failed_step
        Why and where it could not run.
    changed
        Inputs that are others: of then, and of now.
    outputs
        Those that differ in anything, and those that were left out.
    sides
        What the two runs are called.
    withheld
        True where outputs are not shown, for nobody was given the data behind them.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    verdict: Verdict
    data: Origin | None = None
    cause: str | None = None
    failed_cell: int | None = None
    failed_step: str = ""
    counts: dict[str, int] = {}
    changed: dict[str, tuple[str, str]] = {}
    outputs: tuple[ShownOutput, ...] = ()
    sides: tuple[str, str] = ("archived", "again")
    withheld: bool = False


def of_report(
    report: Report, sealed: Manifest, views: Mapping[int, View]
) -> SideBySide:
    """Return what there is to see of a re-run.

    Parameters
    ----------
    report, sealed
        The verdict and what it rests on; what was archived.
    views
        Two sides of outputs, by their place among the compared ones.
    """
    comparison = report.comparison
    outputs = comparison.outputs if comparison else ()
    return SideBySide(
        name=f"{report.analysis}/{report.rerun}",
        title=sealed.title,
        verdict=report.verdict,
        data=report.data,
        cause=report.cause,
        failed_cell=report.failed_cell,
        failed_step=report.failed_step,
        counts=report.counts,
        changed=comparison.changed if comparison else {},
        outputs=tuple(_shown(outputs, views)),
    )


def for_members(seen: SideBySide) -> SideBySide:
    """Return what members of the project see of a re-run.

    On today's data that is the verdict alone: nobody was given those data.
    """
    if seen.data in _SEEN_BEFORE:
        return seen
    withheld = bool(seen.counts)
    return seen.model_copy(update={"outputs": (), "withheld": withheld})


def of_notebooks(first: Path, second: Path) -> SideBySide:
    """Compare two executed notebooks.

    Raises
    ------
    InputError
        If either is no notebook.
    """
    comparison = compare_notebooks(read(first), read(second))
    outputs = comparison.outputs
    views = dict(views_of(outputs, Sides.of_notebooks(first, second)))
    return SideBySide(
        name=f"{first.name}, {second.name}",
        title="",
        verdict=comparison.verdict,
        counts=comparison.counts,
        outputs=tuple(_shown(outputs, views)),
        sides=("first", "second"),
    )


def _shown(
    outputs: Sequence[ComparedOutput], views: Mapping[int, View]
) -> Iterator[ShownOutput]:
    """Yield what is shown of outputs: nothing of those that are simply equal."""
    for place, output in enumerate(outputs):
        if output.differences or output.ignored:
            yield ShownOutput(output=output, view=views.get(place))
