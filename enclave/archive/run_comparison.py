"""All that two runs of one analysis left, compared: every step, and every file."""

from collections.abc import Iterator
from pathlib import Path

from enclave.archive.analysis.plan import Plan
from enclave.archive.comparison.compare import (
    ComparedOutput,
    Comparison,
    compared_cells,
    compared_files,
)
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.extraction import written
from enclave.archive.notebook import read


def policy_of(plan: Plan, policy: Policy) -> Policy:
    """Return a policy with what the author of an analysis asks for."""
    if not plan.keys and not plan.sanitisers:
        return policy
    keys = tuple(sorted(plan.keys.items()))
    return policy.model_copy(update={"keys": keys, "sanitisers": plan.sanitisers})


def compare_runs(
    comparer: TextComparer, plan: Plan, archived: Path, rerun: Path
) -> Comparison:
    """Compare two folders that hold what runs of one plan left."""
    return Comparison.of(_outputs(comparer, plan, archived, rerun), comparer)


def _outputs(
    comparer: TextComparer, plan: Plan, archived: Path, rerun: Path
) -> Iterator[ComparedOutput]:
    for run, _ in enumerate(plan.runs, start=1):
        for step in plan.steps:
            name = plan.executed(run, step)
            copies = (read(archived / name), read(rerun / name))
            yield from compared_cells(comparer, *copies, part=plan.part(run, step))
        files = (written(plan, run, folder) for folder in (archived, rerun))
        yield from compared_files(comparer, *files, part=plan.part(run))
