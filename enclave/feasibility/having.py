"""How many of a cohort have an event with each of some codes.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections.abc import Sequence

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.members import Members, union


def numbers_having(
    cohort: Members, index: Index, codes: Sequence[CodeList]
) -> list[int]:
    """Return for each code list how many of a cohort have any of its codes, ever."""
    return [_number_having(cohort, index, each) for each in codes]


def _number_having(cohort: Members, index: Index, codes: CodeList) -> int:
    sets = [
        segment.persons(run)
        for segment in index.segments
        for run in segment.runs(codes)
    ]
    if len(sets) > 1:
        sets = [union(sets, len(index))]
    # Who it is, is counted and not written down.
    return cohort.number_also_in(sets[0]) if sets else 0
