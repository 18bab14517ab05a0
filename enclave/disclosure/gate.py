"""The count gate: a question goes in, a count that anybody may see comes out.

In this order, and no step may be left out or moved:

1. refuse what is too fine, judging by the question alone;
2. find out which question it really is (:mod:`~enclave.disclosure.canonical_question`);
3. take it from the budget, and write that down;
4. only now let anybody look at data, unless the question was answered before;
5. if nearly the same persons were answered about before, take over that answer
   (:mod:`~enclave.disclosure.snapping`);
6. else draw the noise, and store the noisy count; of a half whose other half was
   answered, the noise of the whole is drawn, and the half is what is left of it;
7. show what is stored, with the threshold and the rounding.

Killed anywhere, it can be started again. Before step 6 ends nothing was shown, and the
person has paid and asks again for free. After it, the answer is there and no second
sample is ever drawn. If two processes come to step 5 together, one waits for the other
and both show the same.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pyroaring import BitMap

from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.disclosure.alarms import raise_alarms
from enclave.disclosure.budget import Asker, Budget, Occasion, budget_of
from enclave.disclosure.canonical_question import CanonicalQuestion, question_id
from enclave.disclosure.grammar import refusals
from enclave.disclosure.layout import COUNT, Cells, Layout, Sorter, sizes_of
from enclave.disclosure.ledger import Ledger, Payment
from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import in_words, presented
from enclave.disclosure.protected import (
    ProtectedCells,
    ProtectedCount,
    protected_cell,
)
from enclave.disclosure.refusing import too_fine
from enclave.disclosure.stored_answers import Asked, Noisy, StoredAnswers
from enclave.disclosure.summary import ProtectedSummary, Said, Summary
from enclave.store.database import Database


# Finds the persons of a question.
Counter = Callable[[Question], BitMap]


class Gate:
    """The count gate of one installation.

    Parameters
    ----------
    secret
        32 bytes under which questions get their identity.

    Raises
    ------
    IntegrityError
        If stored answers were given under another secret.
    """

    def __init__(self, database: Database, policy: Policy, secret: bytes) -> None:
        self.policy = policy
        self._database = database
        self._secret = secret
        self._ledger = Ledger(database, policy)
        self._answers = StoredAnswers(database, policy, secret)

    def ask(
        self,
        asker: Asker,
        question: Question,
        snapshot: int,
        counter: Counter,
        *,
        clock: Clock = now,
    ) -> ProtectedCount:
        """Answer one question; see :meth:`ask_each`."""
        return self.ask_each(asker, [question], snapshot, counter, clock=clock)[0]

    def ask_each(
        self,
        asker: Asker,
        questions: Sequence[Question],
        snapshot: int,
        counter: Counter,
        *,
        clock: Clock = now,
    ) -> list[ProtectedCount]:
        """Answer several questions, or none of them.

        Parameters
        ----------
        questions
            Each is a question of its own: those asked before are free, and a number
            is the same wherever its question turns up. The last one is the one that
            the others lead up to.
        snapshot
            Number of the snapshot that is counted on.
        counter
            Returns the persons of a question. It is called after the budget was
            taken, and only for questions without a stored answer.

        Raises
        ------
        PolicyRefusal
            If a question is too fine, or if the budget does not suffice.
        """
        occasion = Occasion(asker, snapshot, clock())
        self._refuse_what_is_too_fine(occasion, questions, COUNT)
        asked = [self._asked(question, snapshot, COUNT) for question in questions]
        payment = self._ledger.take(
            occasion, [one.id for one in asked], composed=COUNT.composed
        )
        found = []
        for one, question in zip(asked, questions, strict=True):
            cells = partial(_everybody, counter, question)
            noisy = self._answers.answer(one, cells, occasion.at)
            found.append(self._shown(payment, one, question, noisy.total))
        self._raise_alarms(occasion, payment)
        return found

    def ask_cells(  # noqa: PLR0913 - who, what, where, and how it is sorted and counted
        self,
        asker: Asker,
        question: Question,
        snapshot: int,
        layout: Layout,
        sorter: Sorter,
        *,
        sizes: Callable[[Cells], Mapping[str, int]] = sizes_of,
        clock: Clock = now,
    ) -> ProtectedCells:
        """Answer one question cell by cell, at the price of one.

        Parameters
        ----------
        sorter
            Returns the persons of each set that the layout keeps, as ``counter`` of
            :meth:`ask_each` returns those of the whole.
        sizes
            Returns how many persons are in each cell, from those sets.

        Raises
        ------
        PolicyRefusal
            If the question is too fine, or if the budget does not suffice.
        """
        occasion = Occasion(asker, snapshot, clock())
        self._refuse_what_is_too_fine(occasion, [*layout.sorted_by, question], layout)
        asked = self._asked(question, snapshot, layout)._replace(sizes=sizes)
        noisy, payment = self._cells(occasion, asked, partial(sorter, question))
        return ProtectedCells(
            total=self._shown(payment, asked, question, noisy.total),
            cells=tuple(
                protected_cell(name, count, layout, self.policy)
                for name, count in noisy.cells.items()
            ),
            sigma=self.policy.sigma * layout.widening,
        )

    def ask_summary(
        self,
        asker: Asker,
        question: Question,
        snapshot: int,
        summary: Summary[Said],
        *,
        clock: Clock = now,
    ) -> ProtectedSummary[Said]:
        """Answer one question by what follows from noisy cells, at the price of one.

        The cells themselves are shown to nobody.

        Raises
        ------
        PolicyRefusal
            If the question is too fine, or if the budget does not suffice.
        """
        occasion, layout = Occasion(asker, snapshot, clock()), summary.layout
        self._refuse_what_is_too_fine(occasion, [*layout.sorted_by, question], layout)
        asked = self._asked(question, snapshot, layout)._replace(sizes=summary.sizes)
        sorter = partial(summary.sorter, question)
        noisy, payment = self._cells(occasion, asked, sorter)
        # Read as if each were a half that was asked second: it holds for those too, and
        # tells of none that it is one.
        sigma = math.sqrt(2) * self.policy.sigma * layout.widening
        return ProtectedSummary(
            said=summary.say(noisy.cells, sigma),
            sigma=sigma,
            answered_before=asked.id not in payment.new,
            budget_left=payment.left,
            question_digest=question.digest,
            snapshot=snapshot,
        )

    def budget(self, asker: Asker, *, clock: Clock = now) -> Budget:
        """Return what is left of a person's budget."""
        with self._database.begin() as session:
            return budget_of(session, asker, self.policy, clock())

    def _cells(
        self, occasion: Occasion, asked: Asked, sorted_out: Callable[[], Cells]
    ) -> tuple[Noisy, Payment]:
        composed = asked.layout.composed
        payment = self._ledger.take(occasion, [asked.id], composed=composed)
        noisy = self._answers.answer(asked, sorted_out, occasion.at)
        self._raise_alarms(occasion, payment)
        return noisy, payment

    def _asked(self, question: Question, snapshot: int, layout: Layout) -> Asked:
        return self._of(CanonicalQuestion.of(question), snapshot, layout)

    def _of(self, said: CanonicalQuestion, snapshot: int, layout: Layout) -> Asked:
        form = layout.form(said.form())
        identity = question_id(form, snapshot, self._secret)

        def halves() -> Iterator[tuple[Asked, Asked]]:
            for other, whole in said.halves():
                yield (
                    self._of(other, snapshot, layout),
                    self._of(whole, snapshot, layout),
                )

        return Asked(identity, snapshot, form, layout, halves)

    def _shown(
        self, payment: Payment, asked: Asked, question: Question, noisy: int
    ) -> ProtectedCount:
        widening = asked.layout.widening_of_total
        value = presented(noisy, self.policy, widening=widening)
        return ProtectedCount(
            value=value,
            shown=in_words(value, self.policy, widening=widening),
            answered_before=asked.id not in payment.new,
            budget_left=payment.left,
            question_digest=question.digest,
            ledger_id=asked.id,
            snapshot=asked.snapshot,
        )

    def _raise_alarms(self, occasion: Occasion, payment: Payment) -> None:
        if payment.new:
            with self._database.begin() as session:
                raise_alarms(session, occasion, payment.new, self.policy)

    def _refuse_what_is_too_fine(
        self, occasion: Occasion, questions: Sequence[Question], layout: Layout
    ) -> None:
        reasons = [
            reason
            for question in questions
            for reason in refusals(question, self.policy.grammar)
        ]
        if not reasons:
            return
        # Outside the grammar no form is defined: each wording is its own question.
        form: dict[str, Any] = {"refused": questions[-1].model_dump(mode="json")}
        if layout.composed:
            # Refused as a count before, it still costs one of the composed ones.
            form["composed"] = True
        identity = question_id(form, occasion.snapshot, self._secret)
        self._ledger.take_refused(occasion, identity, composed=layout.composed)
        raise too_fine(reasons)


def _everybody(counter: Counter, question: Question) -> Cells:
    return {name: counter(question) for name in COUNT.cells}
