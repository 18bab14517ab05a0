"""``/api/training``."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.projects.training import attempts
from enclave.projects.training.bank import LANGUAGES
from enclave.store.certification_tables import TrainingAttempt


router = APIRouter(prefix="/api/training", tags=["people"])


class Answers(BaseModel):
    """For each question as it was shown, the number of the chosen option, from 0."""

    model_config = ConfigDict(extra="forbid")

    answers: list[int]


@router.get("")
def show(visitor: Person, place: Place) -> dict[str, Any]:
    """Return until when your training holds, and your attempts at its test."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        until = account.training_until
        made = attempts.every(session, account.name)
        return {
            "until": until.isoformat() if until else None,
            "pass_mark": attempts.PASS_MARK,
            "attempts": [*map(_document, made)],
        }


@router.post("/attempts", status_code=201)
def begin(visitor: Person, place: Place) -> dict[str, Any]:
    """Draw a test of ten questions; one that is open already goes on."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return _document(attempts.begin(session, account.name, place.clock))


@router.post("/attempts/{attempt_id}")
def hand_in(
    attempt_id: int, wanted: Answers, visitor: Person, place: Place
) -> dict[str, Any]:
    """Hand a test in, and have it marked."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return _document(
            attempts.hand_in(
                session, attempt_id, wanted.answers, account.name, place.clock
            )
        )


def _document(made: TrainingAttempt) -> dict[str, Any]:
    return {
        "id": made.id,
        "begun": made.begun.isoformat(),
        "ends": made.ends.isoformat(),
        "done": made.done.isoformat() if made.done else None,
        "correct": made.correct,
        "passed": made.passed,
        "questions": [
            {
                language: {
                    "ask": one.question.in_language(language).ask,
                    "options": one.options(language),
                }
                for language in LANGUAGES
            }
            for one in attempts.asked(made)
        ],
    }
