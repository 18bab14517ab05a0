"""What the queries would take if memory were all they waited for."""

import time

import numpy as np

from benchmarks.feasibility.queries import (
    CANCER,
    DIABETES,
    FIFTY,
    HIGH,
    HYPERTENSION,
    METFORMIN,
)
from enclave.cohort.question import CodeList, EventCriterion
from enclave.feasibility.index.columns import DETAILS, FIRSTS, OWN
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.occurrences import Occurrences, with_codes


_BYTES = 256 << 20


def floors(index: Index) -> dict[str, float]:
    """Return milliseconds in which the bytes that each query is about can be read."""
    cohort = [with_codes(each, index) for each in (DIABETES, HYPERTENSION, CANCER)]
    fifty = [
        with_codes(EventCriterion(codes=CodeList.of("NPU", code)), index)
        for code in FIFTY
    ]
    of_cohort = sum(len(each.bitmap.serialize()) for each in cohort)
    births = index.births.nbytes
    touched = {
        "Q1": len(cohort[0].bitmap.serialize()),
        "Q2": of_cohort,
        "Q3": _events(DIABETES, index) + _events(HIGH, index, details=True),
        "Q4": _events(DIABETES, index) + _events(METFORMIN, index) + births,
        "Q5": of_cohort + _events(DIABETES, index) + births + index.persons.sex.nbytes,
        "Q6": of_cohort + sum(len(each.bitmap.serialize()) for each in fifty),
    }
    speed = _bytes_per_millisecond()
    return {name: size / speed for name, size in touched.items()}


def _events(criterion: EventCriterion, index: Index, *, details: bool = False) -> int:
    """Return the bytes of who has some codes, and of when, and with which value."""
    size = len(with_codes(criterion, index).bitmap.serialize())
    for each in Occurrences(criterion, index).lists:
        lists = each.segment.columns.lists[each.numbers]
        # The numbers of 32 bits come behind the three columns.
        stop = 4 * lists[:, OWN] if details else lists[:, DETAILS]
        size += int((stop - lists[:, FIRSTS]).sum())
    return size


def _bytes_per_millisecond() -> float:
    numbers = np.ones(_BYTES // 8, np.int64)
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        numbers.sum()
        taken.append(1e3 * (time.perf_counter() - begun))
    return _BYTES / min(taken)
