"""How many persons a question finds on a snapshot: exact, and for the enclave only.

No number from here is shown to anybody who may not see the data behind it: the count
gate (:mod:`enclave.disclosure`) decides what is shown instead.
"""

from dataclasses import dataclass
from typing import NamedTuple

from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.feasibility.finding import find
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Step:
    """How many persons are left after one step of a question."""

    label_en: str
    label_da: str
    persons: int


@dataclass(frozen=True)
class Cost:
    """How many persons one criterion of a question costs, wherever it stands.

    Attributes
    ----------
    number
        Its place among the criteria of the question, from 0.
    alone
        Persons left if it were the only criterion.
    without
        Persons left if it were not there and all others were.
    lost
        Persons whom it alone keeps out: ``without`` less the cohort.
    """

    number: int
    label_en: str
    label_da: str
    alone: int
    without: int
    lost: int


def count(question: Question, snapshot: Snapshot) -> int:
    """Return the exact number of persons in the cohort."""
    return len(find(question, snapshot).persons)


def attrition(question: Question, snapshot: Snapshot) -> list[Step]:
    """Return how many persons are left after each step, from everybody on."""
    return [
        Step(step.label_en, step.label_da, count(step.question, snapshot))
        for step in steps(question)
    ]


def costs(question: Question, snapshot: Snapshot) -> list[Cost]:
    """Return what each criterion costs, the most expensive first.

    The attrition depends on the order of the criteria; this does not. Put first what
    costs most, and the other steps show what is lost beside it.
    """
    left = count(question, snapshot)
    found = []
    for one in variants_of(question):
        without = count(one.without, snapshot)
        found.append(
            Cost(
                number=one.number,
                label_en=one.label_en,
                label_da=one.label_da,
                alone=count(one.alone, snapshot),
                without=without,
                lost=without - left,
            )
        )
    return sorted(found, key=lambda cost: (-cost.lost, cost.number))


class Variants(NamedTuple):
    """A question with one criterion alone, and without it."""

    number: int
    label_en: str
    label_da: str
    alone: Question
    without: Question


def variants_of(question: Question) -> list[Variants]:
    """Return a question's variants for each of its criteria, in their order."""
    # The last steps are those of the criteria.
    named = steps(question)[-len(question.criteria) :] if question.criteria else []
    return [
        Variants(
            number,
            step.label_en,
            step.label_da,
            question.model_copy(update={"criteria": (question.criteria[number],)}),
            question.model_copy(
                update={
                    "criteria": question.criteria[:number]
                    + question.criteria[number + 1 :]
                }
            ),
        )
        for number, step in enumerate(named)
    ]
