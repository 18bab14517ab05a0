"""Questions that people save for themselves, to go on with another day.

Each person has a few, under names of their own. What is saved is the question and never
an answer: an answer is the gate's to keep.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.errors import InputError, NotFoundError
from enclave.identity import cpr
from enclave.store.project_tables import Account
from enclave.store.saved_question_tables import SavedQuestion


LONGEST_NAME = 60
MOST = 100


@dataclass(frozen=True)
class Saved:
    """A saved question."""

    number: int
    name: str
    question: Question


def of_account(session: Session, account: Account) -> list[Saved]:
    """Return what an account has saved, by name."""
    rows = session.scalars(
        select(SavedQuestion)
        .where(SavedQuestion.owner == account.name)
        .order_by(SavedQuestion.name)
    )
    return [_saved(row) for row in rows]


def save(
    session: Session,
    account: Account,
    name: str,
    question: Question,
    clock: Clock = now,
) -> Saved:
    """Save a question under a name, in place of the one that had it.

    Raises
    ------
    InputError
        If the name cannot be used, or if the account has saved too many.
    """
    name = _checked(name)
    # Of two who save at once under one account, the second waits.
    session.get(Account, account.name, with_for_update=True)
    row = session.scalar(
        select(SavedQuestion).where(
            SavedQuestion.owner == account.name, SavedQuestion.name == name
        )
    )
    if row is None:
        _check_room(session, account)
        row = SavedQuestion(owner=account.name, name=name)
        session.add(row)
    row.question = question.model_dump_json(exclude_none=True)
    row.saved = clock()
    session.flush()
    return _saved(row)


def delete(session: Session, account: Account, number: int) -> None:
    """Delete a question that an account has saved.

    Raises
    ------
    NotFoundError
        If it has none of that number.
    """
    row = session.get(SavedQuestion, number)
    if row is None or row.owner != account.name:
        raise NotFoundError(
            f"You have saved no question {number}, or it was deleted already. Reload"
            " the list."
        )
    session.delete(row)


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"The name of a saved question is one line of 1 to {LONGEST_NAME}"
            " characters. Choose another one."
        )
    if any(cpr.find(name)):
        raise InputError(
            "The name looks as if it held a CPR number. Choose another one."
        )
    return name


def _check_room(session: Session, account: Account) -> None:
    number = session.scalar(
        select(func.count()).where(SavedQuestion.owner == account.name)
    )
    if (number or 0) >= MOST:
        raise InputError(
            f"You have saved {MOST} questions, as many as one may. Delete one, or save"
            " under the name of another."
        )


def _saved(row: SavedQuestion) -> Saved:
    return Saved(row.id, row.name, Question.model_validate_json(row.question))
