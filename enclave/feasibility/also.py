"""Which codes the persons of a cohort have most often beside those asked for.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections import defaultdict
from dataclasses import dataclass

from pyroaring import BitMap

from enclave.cohort.criteria import EventCriterion
from enclave.cohort.question import Question
from enclave.feasibility.finding import find, index_of
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.segment import Segment
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class AlsoHave:
    """A code, and how many have it at any time.

    Attributes
    ----------
    persons
        Of the cohort.
    everybody
        Of all persons of the snapshot, to compare with.
    """

    system: str | None
    code: str
    persons: int
    everybody: int


def also_have(question: Question, snapshot: Snapshot, most: int = 20) -> list[AlsoHave]:
    """Return the codes that most persons of a cohort have, the most frequent first.

    Codes that the question asks for by themselves are not among them.

    Parameters
    ----------
    most
        How many codes to return at most.
    """
    index, cohort = index_of(snapshot), find(question, snapshot).persons
    asked = _asked(question, index)
    places = _places(index)
    found: list[AlsoHave] = []
    # No more persons of the cohort have a code than have it at all.
    for (system, code), lists in sorted(places.items(), key=_most_first):
        if len(found) >= most and _at_most(lists) < found[most - 1].persons:
            break
        if (system, code) not in asked:
            having = BitMap.union(*(segment.persons(run) for segment, run in lists))
            persons = having.intersection_cardinality(cohort)
            found.append(AlsoHave(system, code, persons, len(having)))
            found.sort(key=lambda each: (-each.persons, each.system or "", each.code))
    return [each for each in found[:most] if each.persons]


Code = tuple[str | None, str]
Lists = list[tuple[Segment, range]]


def _places(index: Index) -> dict[Code, Lists]:
    places: dict[Code, Lists] = defaultdict(list)
    for segment in index.segments:
        for number, code in enumerate(zip(segment.systems, segment.codes, strict=True)):
            places[code].append((segment, range(number, number + 1)))
    return places


def _at_most(lists: Lists) -> int:
    return sum(int(segment.persons_of[run.start]) for segment, run in lists)


def _most_first(place: tuple[Code, Lists]) -> tuple[int, str, str]:
    (system, code), lists = place
    return -_at_most(lists), system or "", code


def _asked(question: Question, index: Index) -> set[Code]:
    return {
        (segment.systems[number], segment.codes[number])
        for _, criterion in question.walk()
        if isinstance(criterion, EventCriterion)
        for segment in index.segments
        for run in segment.runs(criterion.codes)
        for number in run
    }
