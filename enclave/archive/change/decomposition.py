"""Sort the persons who came to a cohort or left it by the reason: each has one.

What a person decided comes before what happened to their rows, and that before a change
of the question. So the parts add up to the whole, and no cell overlaps another.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from enclave.canonical import digest
from enclave.cohort.evaluation import persons
from enclave.cohort.question import EventCriterion, Question
from enclave.delivery.reasons import Reason, persons_by_reason
from enclave.disclosure.layout import Layout
from enclave.identity.opt_outs import OptOuts
from enclave.settings import Settings
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Comparison:
    """What was asked then, and what is asked now.

    Attributes
    ----------
    now_question
        The same as ``question`` but where the question was amended since.
    """

    question: Question
    then: Snapshot
    now: Snapshot
    now_question: Question

    @property
    def layout(self) -> Layout:
        """One cell for each reason, whether or not anybody has it."""
        # Changes of two halves of a cohort are no halves of the change of the whole:
        # so each question has a layout of its own.
        questions = [self.question.digest, self.now_question.digest]
        name = digest([self.then.digest, self.now.digest, *questions])
        reasons = tuple(reason.value for reason in Reason)
        # Both questions stand in signed grants: asking composes nothing.
        return Layout(
            f"change {name}",
            reasons,
            composed=False,
            sorted_by=(self.now_question,),
        )

    @property
    def changed_code_lists(self) -> tuple[str, ...]:
        """Where in the question a code list is another one now."""
        before, after = dict(_lists(self.question)), dict(_lists(self.now_question))
        return tuple(path for path in after if before.get(path) != after[path])

    @property
    def question_changed(self) -> bool:
        """Whether another question is asked now."""
        return self.question.digest != self.now_question.digest


def decompose(settings: Settings, asked: Comparison) -> dict[Reason, set[int]]:
    """Return the persons of each reason, by their keys."""
    before = _found(asked.question, asked.then)
    after = _found(asked.now_question, asked.now)
    came, gone = after - before, before - after
    # Whom the same question finds now as well came by the data alone.
    same = _found(asked.question, asked.now) if asked.question_changed else after
    found = persons_by_reason(
        asked.then,
        asked.now,
        OptOuts.of(settings),
        came=came & same,
        gone=gone - same,
    )
    found[Reason.QUESTION_IN] |= came - same
    found[Reason.QUESTION_OUT] |= gone & same
    return found


def cells(settings: Settings, asked: Comparison) -> dict[str, BitMap]:
    """Return the persons of each cell by ordinals among those of both snapshots."""
    everybody = np.union1d(_keys(asked.then), _keys(asked.now))
    return {
        reason.value: BitMap(
            np.searchsorted(everybody, np.array(sorted(who), np.int64)).tolist()
        )
        for reason, who in decompose(settings, asked).items()
    }


def _found(question: Question, snapshot: Snapshot) -> set[int]:
    with snapshot.connect() as engine:
        return set(persons(question, engine)["person"].to_pylist())


def _keys(snapshot: Snapshot) -> np.ndarray:
    with snapshot.connect() as engine:
        keys: np.ndarray = (
            engine.sql("FROM person SELECT person")
            .to_arrow_table()["person"]
            .to_numpy()
        )
    return keys


def _lists(question: Question) -> Iterator[tuple[str, str]]:
    for path, node in question.walk():
        if isinstance(node, EventCriterion):
            yield path, node.codes.model_dump_json()
