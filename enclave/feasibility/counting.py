"""How many persons a question finds on a snapshot: exact, and for the enclave only.

No number from here is shown to anybody who may not see the data behind it: the count
gate (:mod:`enclave.disclosure`) decides what is shown instead.
"""

from typing import NamedTuple

from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.feasibility.cohorts import find
from enclave.warehouse.snapshot import Snapshot


def count(question: Question, snapshot: Snapshot) -> int:
    """Return the exact number of persons in the cohort."""
    return len(find(question, snapshot).members)


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
