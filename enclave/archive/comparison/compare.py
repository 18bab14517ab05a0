"""Compare two executed copies of an analysis and say how they relate.

The archived copy and the re-run come from one source, so their cells are the same;
where they are not, the cell differs. What the comparison does not know differs too.
"""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from enclave.archive.comparison.finding import Difference, differing
from enclave.archive.comparison.outputs import Pair, compare_outputs
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.tags import Wish, wish_of
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict, worst
from enclave.archive.notebook import Cell, Notebook, read


DEFAULT_POLICY = Policy()


class ComparedOutput(BaseModel):
    """One output of the analysis, in both copies.

    ``cell`` counts all cells from 1, as a person does. ``place`` counts from 0 what the
    cell shows beside its streams; null for a stream. ``ignored`` says that the author
    asked for no comparison, and then the verdict does not count.
    """

    model_config = ConfigDict(frozen=True)

    cell: int
    place: int | None = None
    kind: str
    verdict: Verdict
    ignored: bool = False
    rules: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    differences_not_shown: int = 0


class Comparison(BaseModel):
    """The verdict on a re-run, and the outputs it rests on."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    outputs: tuple[ComparedOutput, ...]
    policy_digest: str

    @property
    def counts(self) -> dict[str, int]:
        """Number of compared outputs by verdict, and of those left out."""
        compared = Counter(each.verdict for each in self.outputs if not each.ignored)
        ignored = sum(each.ignored for each in self.outputs)
        return {
            **{verdict.value: compared[verdict] for verdict in Verdict},
            "ignored": ignored,
        }


def compare(
    archived: Path,
    rerun: Path,
    policy: Policy = DEFAULT_POLICY,
    *,
    circumstances: Circumstances | None = None,
) -> Comparison:
    """Compare two executed notebooks, output by output.

    Parameters
    ----------
    archived, rerun
        The archived executed copy and the one of the re-run.
    policy
        Tolerances and noise rules.
    circumstances
        What is on record about the two runs. Without it no rule applies that needs
        evidence, such as the one for dates.

    Raises
    ------
    InputError
        If either file is no notebook.
    """
    return compare_notebooks(
        read(archived), read(rerun), policy, circumstances=circumstances
    )


def compare_notebooks(
    archived: Notebook,
    rerun: Notebook,
    policy: Policy = DEFAULT_POLICY,
    *,
    circumstances: Circumstances | None = None,
) -> Comparison:
    """Compare two executed notebooks that were read already."""
    comparer = TextComparer(policy, circumstances)
    outputs = tuple(_compare_cells(comparer, archived, rerun))
    counted = [each.verdict for each in outputs if not each.ignored]
    return Comparison(
        # Where nothing was compared nothing is shown to be equal.
        verdict=worst(counted) if counted else Verdict.DIFFERS,
        outputs=outputs,
        policy_digest=policy.digest,
    )


def _compare_cells(
    comparer: TextComparer, archived: Notebook, rerun: Notebook
) -> Iterator[ComparedOutput]:
    first, second = _code(archived), _code(rerun)
    matcher = SequenceMatcher(
        a=[cell.source for _, cell in first],
        b=[cell.source for _, cell in second],
        autojunk=False,
    )
    for step, i1, i2, j1, j2 in matcher.get_opcodes():
        if step == "equal":
            for (number, one), (_, other) in zip(
                first[i1:i2], second[j1:j2], strict=True
            ):
                yield from _compare_cell(comparer, number, one, other)
            continue
        for number, _ in first[i1:i2]:
            yield _other_cell(number, "the cell is missing in the re-run")
        for number, _ in second[j1:j2]:
            yield _other_cell(number, "the cell is additional in the re-run")


def _compare_cell(
    comparer: TextComparer, number: int, archived: Cell, rerun: Cell
) -> Iterator[ComparedOutput]:
    ignored = wish_of(archived) is Wish.IGNORE
    for pair in compare_outputs(comparer, archived, rerun):
        yield _compared(number, pair, comparer.policy, ignored=ignored)


def _compared(
    number: int, pair: Pair, policy: Policy, *, ignored: bool
) -> ComparedOutput:
    finding = pair.finding
    # The worst first, so that what is cut off is never what decided.
    ordered = sorted(
        finding.differences,
        key=lambda difference: list(Verdict).index(difference.verdict),
        reverse=True,
    )
    return ComparedOutput(
        cell=number,
        place=pair.place,
        kind=pair.kind,
        verdict=finding.verdict,
        ignored=ignored,
        rules=tuple(sorted(finding.rules)),
        differences=tuple(ordered[: policy.shown_differences]),
        differences_not_shown=max(0, len(ordered) - policy.shown_differences),
    )


def _other_cell(number: int, reason: str) -> ComparedOutput:
    finding = differing(f"cell {number}", "", "", reason)
    return ComparedOutput(
        cell=number,
        kind="cell",
        verdict=finding.verdict,
        differences=finding.differences,
    )


def _code(notebook: Notebook) -> list[tuple[int, Cell]]:
    return [
        (number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code"
    ]
