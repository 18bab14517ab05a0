"""The count gate: a question goes in, a count that anybody may see comes out.

In this order, and no step may be left out or moved:

1. refuse what is too fine, judging by the question alone;
2. find out which question it really is (:mod:`~enclave.disclosure.canonical_question`);
3. take it from the budget, and write that down;
4. only now let anybody look at data, unless the question was answered before;
5. draw the noise and store the noisy count;
6. show what is stored, with the threshold and the rounding.

Killed anywhere, it can be started again. Before step 5 ends nothing was shown, and the
person has paid and asks again for free. After it, the answer is there and no second
sample is ever drawn. If two processes come to step 5 together, the database keeps one
row and both show that one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.disclosure.budget import Asker, Budget, Occasion, budget_of
from enclave.disclosure.canonical_question import canonical_form, question_id
from enclave.disclosure.grammar import refusals
from enclave.disclosure.ledger import Ledger, Payment
from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import in_words, presented
from enclave.disclosure.stored_answers import StoredAnswers
from enclave.errors import PolicyRefusal
from enclave.store.database import Database


Counter = Callable[[Question], int]


@dataclass(frozen=True)
class ProtectedCount:
    """A count that may be seen.

    Attributes
    ----------
    value
        Persons, with noise and rounded; ``None`` if it is hidden.
    shown
        The same in English words: ``1,240`` or ``fewer than 20``.
    answered_before
        Whether this person had asked before, so that it was free.
    budget_left
        New questions that this person may still ask now.
    question_digest
        SHA-256 of the question as it was asked.
    ledger_id
        Identity of the question in the ledger, equal for equal questions.
    snapshot
        Number of the snapshot that was counted on.
    """

    value: int | None
    shown: str
    answered_before: bool
    budget_left: int
    question_digest: str
    ledger_id: str
    snapshot: int


class _Asked(NamedTuple):
    """A question that may be asked, and which one it really is."""

    id: str
    form: dict[str, Any]
    question: Question


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
        self._answers = StoredAnswers(database, policy)
        self._answers.check_key(secret)

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
            Returns the exact count of a question. It is called after the budget was
            taken, and only for questions without a stored answer.

        Raises
        ------
        PolicyRefusal
            If a question is too fine, or if the budget does not suffice.
        """
        occasion = Occasion(asker, snapshot, clock())
        self._refuse_what_is_too_fine(occasion, questions)
        asked = [self._asked(question, snapshot) for question in questions]
        payment = self._ledger.take(occasion, [one.id for one in asked])
        return [self._answered(occasion, payment, one, counter) for one in asked]

    def budget(self, asker: Asker, *, clock: Clock = now) -> Budget:
        """Return what is left of a person's budget."""
        with self._database.begin() as session:
            return budget_of(session, asker, self.policy, clock())

    def _asked(self, question: Question, snapshot: int) -> _Asked:
        form = canonical_form(question)
        return _Asked(question_id(form, snapshot, self._secret), form, question)

    def _answered(
        self, occasion: Occasion, payment: Payment, asked: _Asked, counter: Counter
    ) -> ProtectedCount:
        noisy = self._answers.noisy_count(
            occasion, asked.id, asked.form, partial(counter, asked.question)
        )
        value = presented(noisy, self.policy)
        return ProtectedCount(
            value=value,
            shown=in_words(value, self.policy),
            answered_before=asked.id not in payment.new,
            budget_left=payment.left,
            question_digest=asked.question.digest,
            ledger_id=asked.id,
            snapshot=occasion.snapshot,
        )

    def _refuse_what_is_too_fine(
        self, occasion: Occasion, questions: Sequence[Question]
    ) -> None:
        reasons = [
            reason
            for question in questions
            for reason in refusals(question, self.policy.grammar)
        ]
        if not reasons:
            return
        # Outside the grammar no form is defined: each wording is its own question.
        form = {"refused": questions[-1].model_dump(mode="json")}
        identity = question_id(form, occasion.snapshot, self._secret)
        self._ledger.take_refused(occasion, identity)
        raise PolicyRefusal(
            "Too fine to be asked without access to data: "
            + "; ".join(dict.fromkeys(reasons))
            + ". `enclave feasibility policy` shows all rules."
        )
