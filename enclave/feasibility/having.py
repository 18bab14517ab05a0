"""How many of a cohort have an event with each of some codes.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections.abc import Sequence

from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.bitmaps import union
from enclave.feasibility.index.index import Index


def numbers_having(
    cohort: BitMap, index: Index, codes: Sequence[CodeList]
) -> list[int]:
    """Return for each code list how many of a cohort have any of its codes, ever."""
    return [_number_having(cohort, index, each) for each in codes]


def _number_having(cohort: BitMap, index: Index, codes: CodeList) -> int:
    sets = [
        segment.persons(run)
        for segment in index.segments
        for run in segment.runs(codes)
    ]
    if not sets:
        return 0
    # Who is in the largest is counted and not written down.
    largest, *others = sorted(sets, key=len, reverse=True)
    number: int = cohort.intersection_cardinality(largest)
    if others:
        number += len(union(each & cohort for each in others) - largest)
    return number
