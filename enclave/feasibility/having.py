"""Who of a cohort has an event with each of some codes.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections.abc import Sequence

from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.cohort.question import Question
from enclave.feasibility.cohorts import find, index_of
from enclave.feasibility.index.bitmaps import union
from enclave.feasibility.index.index import Index
from enclave.warehouse.snapshot import Snapshot


def having(
    question: Question, snapshot: Snapshot, codes: Sequence[CodeList]
) -> list[BitMap]:
    """Return for each code list who of the cohort has any of its codes, at any time."""
    index, cohort = index_of(snapshot), find(question, snapshot).persons
    return [_having(each, index, cohort) for each in codes]


def _having(codes: CodeList, index: Index, cohort: BitMap) -> BitMap:
    return union(
        segment.persons(run) & cohort
        for segment in index.segments
        for run in segment.runs(codes)
    )
