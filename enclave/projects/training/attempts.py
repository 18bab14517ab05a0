"""Take the test: ten questions drawn at random, marked here, three attempts a day.

What is right never goes to the browser. While an attempt is open another one is not
drawn, so nobody leafs through the bank for an easy one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import people
from enclave.projects.machine import StateConflict
from enclave.projects.training.bank import Question, bank, bank_digest
from enclave.store.certification_tables import TrainingAttempt
from enclave.store.project_tables import Account


QUESTIONS = 10
PASS_MARK = 8
ATTEMPTS = 3
WITHIN = timedelta(days=1)
OPEN_FOR = timedelta(minutes=45)
VALID = timedelta(days=365)
_draw = secrets.SystemRandom()


@dataclass(frozen=True)
class Asked:
    """A question of an attempt, its options in the order in which they are shown."""

    question: Question
    order: tuple[int, ...]

    def options(self, language: str) -> list[str]:
        """Return the options as they are shown."""
        said = self.question.in_language(language)
        return [said.options[number] for number in self.order]

    @property
    def right(self) -> int:
        """Where the right answer stands."""
        return self.order.index(0)


def begin(session: Session, actor: str, clock: Clock = now) -> TrainingAttempt:
    """Draw a test for a person; one that is open already goes on.

    Raises
    ------
    PolicyRefusal
        If the attempts of a day are used up.
    """
    # Two pages at once draw one test.
    session.get(Account, actor, with_for_update=True, populate_existing=True)
    people.get(session, actor)
    going_on = open_attempt(session, actor, clock)
    if going_on is not None:
        return going_on
    recent = _since(session, actor, clock)
    if len(recent) >= ATTEMPTS:
        again = recent[-ATTEMPTS].begun + WITHIN
        raise PolicyRefusal(
            f"{ATTEMPTS} attempts were made within a day: read the explanations, and"
            f" try again after {again:%Y-%m-%d %H:%M} UTC."
        )
    chosen = _draw.sample(sorted(bank()), QUESTIONS)
    made = TrainingAttempt(
        account=actor,
        begun=clock(),
        ends=clock() + OPEN_FOR,
        bank_digest=bank_digest(),
        questions=[{"id": one, "order": _shuffled(one)} for one in chosen],
    )
    session.add(made)
    session.flush()
    _tell(session, made, "begin", clock)
    return made


def hand_in(
    session: Session,
    attempt: int,
    answers: Sequence[int],
    actor: str,
    clock: Clock = now,
) -> TrainingAttempt:
    """Mark a test. Who has eight right of ten is trained for a year.

    Parameters
    ----------
    answers
        For each question as it was shown, the number of the option, from 0.

    Raises
    ------
    NotFoundError
        If the person has no such attempt.
    StateConflict
        If it was handed in before, or its time is over.
    InputError
        If a question has no answer.
    """
    made = _own(session, attempt, actor, lock=True)
    if made.done is not None:
        raise StateConflict("This test was handed in before: its result stands.")
    if clock() >= made.ends or made.bank_digest != bank_digest():
        raise StateConflict("The time of this test is over: begin a new one.")
    questions = asked(made)
    if len(answers) != len(questions) or any(
        answer not in range(len(one.order))
        for one, answer in zip(questions, answers, strict=True)
    ):
        raise InputError("A question has no answer: choose one for each, then hand in.")
    made.answers = [*answers]
    made.correct = sum(
        one.right == answer for one, answer in zip(questions, answers, strict=True)
    )
    made.done, made.passed = clock(), made.correct >= PASS_MARK
    if made.passed:
        account = people.get(session, actor)
        account.training_until = clock().date() + VALID
    session.flush()
    _tell(session, made, "pass" if made.passed else "fail", clock)
    return made


def get(session: Session, attempt: int, actor: str) -> TrainingAttempt:
    """Return an attempt of a person.

    Raises
    ------
    NotFoundError
        If they have none of that number.
    """
    return _own(session, attempt, actor)


def asked(attempt: TrainingAttempt) -> list[Asked]:
    """Return the questions of an attempt; none once the bank has changed.

    An answer is the number of an option: beside a question that was rewritten it would
    say what the person never said.
    """
    if attempt.bank_digest != bank_digest():
        return []
    return [Asked(bank()[one["id"]], tuple(one["order"])) for one in attempt.questions]


def every(session: Session, account: str) -> list[TrainingAttempt]:
    """Return the attempts of a person, the latest first."""
    return list(
        session.scalars(
            select(TrainingAttempt)
            .where(TrainingAttempt.account == account)
            .order_by(TrainingAttempt.id.desc())
        )
    )


def open_attempt(
    session: Session, account: str, clock: Clock = now
) -> TrainingAttempt | None:
    """Return the attempt that can be handed in now, if there is one."""
    return session.scalars(
        select(TrainingAttempt).where(
            TrainingAttempt.account == account,
            TrainingAttempt.done.is_(None),
            TrainingAttempt.ends > clock(),
            TrainingAttempt.bank_digest == bank_digest(),
        )
    ).first()


def why_not(account: Account, today: date) -> str:
    """Return why a person's training does not hold on a day; empty where it does."""
    if account.training_until is None:
        return (
            f"{account.name} has not passed the yearly training: take its test in the"
            " portal, under Training."
        )
    if account.training_until < today:
        return (
            f"The yearly training of {account.name} ended on {account.training_until}:"
            " take the test again in the portal, under Training."
        )
    return ""


def _shuffled(question: str) -> list[int]:
    order = [*range(len(bank()[question].en.options))]
    _draw.shuffle(order)
    return order


def _since(session: Session, account: str, clock: Clock) -> list[TrainingAttempt]:
    return list(
        session.scalars(
            select(TrainingAttempt)
            .where(
                TrainingAttempt.account == account,
                TrainingAttempt.begun > clock() - WITHIN,
            )
            .order_by(TrainingAttempt.id)
        )
    )


def _own(
    session: Session, attempt: int, actor: str, *, lock: bool = False
) -> TrainingAttempt:
    found = session.get(
        TrainingAttempt, attempt, with_for_update=lock, populate_existing=lock
    )
    if found is None or found.account != actor:
        raise NotFoundError(f"{actor} has no training attempt {attempt}.")
    return found


def _tell(session: Session, made: TrainingAttempt, what: str, clock: Clock) -> None:
    details = {"attempt": made.id, "correct": made.correct, "bank": made.bank_digest}
    event = log.Event(
        made.account, f"training.{what}", f"account:{made.account}", details
    )
    log.record(session, event, clock=clock)
