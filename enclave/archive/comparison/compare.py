"""Compare two executed copies of an analysis and say how they relate.

The archived copy and the re-run come from one source, so their cells are the same;
where they are not, the cell differs. What the comparison does not know differs too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict

from enclave.archive.comparison.files import compare_files
from enclave.archive.comparison.finding import Difference, differing
from enclave.archive.comparison.outputs import Pair, compare_outputs
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.tags import Wish, wish_of
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict, severity, worst
from enclave.archive.comparison.widgets import with_widgets
from enclave.archive.notebook import Cell, Notebook


DEFAULT_POLICY = Policy()


class ComparedOutput(BaseModel):
    """One output of the analysis, in both copies: shown by a cell, or a file.

    ``cell`` counts all cells from 1, as a person does; null for a file. ``place``
    counts from 0 what the cell shows beside its streams; null for a stream.
    ``other_cell`` is its number in the second copy, where that is another. ``part`` is
    the notebook of the analysis, and its run if it was run with several parameters;
    empty where it is one notebook. ``ignored`` says that the author asked for no
    comparison, and then the verdict does not count.
    """

    model_config = ConfigDict(frozen=True)

    part: str = ""
    cell: int | None
    other_cell: int | None = None
    file: str | None = None
    place: int | None = None
    kind: str
    verdict: Verdict
    ignored: bool = False
    rules: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    differences_not_shown: int = 0


class Comparison(BaseModel):
    """The verdict on a re-run, the outputs it rests on, and the inputs that changed."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    outputs: tuple[ComparedOutput, ...]
    policy_digest: str
    changed: dict[str, tuple[str, str]] = {}

    @classmethod
    def of(
        cls, outputs: Iterable[ComparedOutput], comparer: TextComparer
    ) -> "Comparison":
        """Return the comparison that these outputs make."""
        outputs = tuple(outputs)
        counted = [each.verdict for each in outputs if not each.ignored]
        circumstances = comparer.circumstances
        return cls(
            # Where nothing was compared nothing is shown to be equal.
            verdict=worst(counted) if counted else Verdict.DIFFERS,
            outputs=outputs,
            policy_digest=comparer.policy.digest,
            changed=circumstances.changed() if circumstances else {},
        )

    @property
    def counts(self) -> dict[str, int]:
        """Number of compared outputs by verdict, and of those left out."""
        compared = Counter(each.verdict for each in self.outputs if not each.ignored)
        ignored = sum(each.ignored for each in self.outputs)
        return {
            **{verdict.value: compared[verdict] for verdict in Verdict},
            "ignored": ignored,
        }


def compare_notebooks(
    archived: Notebook,
    rerun: Notebook,
    policy: Policy = DEFAULT_POLICY,
    *,
    circumstances: Circumstances | None = None,
) -> Comparison:
    """Compare two executed notebooks, output by output.

    Parameters
    ----------
    archived, rerun
        The executed copy of then and the one of now.
    policy
        Tolerances and noise rules.
    circumstances
        What is on record about the two runs. Without it no rule applies that needs
        evidence, such as the one for dates.
    """
    comparer = TextComparer(policy, circumstances)
    return Comparison.of(compared_cells(comparer, archived, rerun), comparer)


def compared_files(
    comparer: TextComparer,
    archived: Mapping[str, Path],
    rerun: Mapping[str, Path],
    *,
    part: str = "",
) -> Iterator[ComparedOutput]:
    """Compare the files that two runs wrote."""
    for name, finding in compare_files(comparer, archived, rerun):
        kind = f"file {PurePath(name).suffix or name}"
        yield _compared(
            Pair(kind, finding), comparer.policy, part=part, cell=None, file=name
        )


def compared_cells(
    comparer: TextComparer, archived: Notebook, rerun: Notebook, *, part: str = ""
) -> Iterator[ComparedOutput]:
    """Compare what the cells of two notebooks show."""
    first, second = _code(with_widgets(archived)), _code(with_widgets(rerun))
    matcher = SequenceMatcher(
        a=[cell.source for _, cell in first],
        b=[cell.source for _, cell in second],
        autojunk=False,
    )
    for step, i1, i2, j1, j2 in matcher.get_opcodes():
        if step == "equal":
            for (number, one), (again, other) in zip(
                first[i1:i2], second[j1:j2], strict=True
            ):
                where = {
                    "part": part,
                    "cell": number,
                    "other_cell": again if again != number else None,
                    "ignored": wish_of(one) is Wish.IGNORE,
                }
                for pair in compare_outputs(comparer, one, other):
                    yield _compared(pair, comparer.policy, **where)
            continue
        for number, _ in first[i1:i2]:
            yield _other_cell(part, number, "the cell is missing in the re-run")
        for number, _ in second[j1:j2]:
            yield _other_cell(part, number, "the cell is additional in the re-run")


def _compared(pair: Pair, policy: Policy, **place: Any) -> ComparedOutput:
    finding = pair.finding
    # The worst first, so that what is cut off is never what decided.
    ordered = sorted(
        finding.differences,
        key=lambda difference: severity(difference.verdict),
        reverse=True,
    )
    return ComparedOutput(
        **place,
        place=pair.place,
        kind=pair.kind,
        verdict=finding.verdict,
        rules=tuple(sorted(finding.rules)),
        differences=tuple(ordered[: policy.shown_differences]),
        differences_not_shown=max(0, len(ordered) - policy.shown_differences),
    )


def _other_cell(part: str, number: int, reason: str) -> ComparedOutput:
    finding = differing(f"cell {number}", "", "", reason)
    return ComparedOutput(
        part=part,
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
