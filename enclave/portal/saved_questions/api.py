"""``/api/saved-questions``: a person's own. A kernel may read them, and no more."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from enclave.cohort import saved_questions
from enclave.cohort.question import Question
from enclave.cohort.saved_questions import Saved
from enclave.portal.admission import AnyVisitor, Person, account_of
from enclave.portal.office import Place


router = APIRouter(prefix="/api/saved-questions", tags=["saved questions"])


class Wanted(BaseModel):
    """A question, and what to call it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    question: Question


@router.get("")
def listing(visitor: AnyVisitor, place: Place) -> list[dict[str, Any]]:
    """List the questions that you have saved."""
    with place.database.begin() as session:
        found = saved_questions.of_account(session, account_of(session, visitor))
    return [_document(one) for one in found]


@router.post("", status_code=201)
def save(wanted: Wanted, visitor: Person, place: Place) -> dict[str, Any]:
    """Save a question, in place of the one of that name."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return _document(
            saved_questions.save(
                session, account, wanted.name, wanted.question, place.clock
            )
        )


@router.delete("/{number}", status_code=204)
def delete(number: int, visitor: Person, place: Place) -> None:
    """Delete a question that you have saved."""
    with place.database.begin() as session:
        saved_questions.delete(session, account_of(session, visitor), number)


def _document(saved: Saved) -> dict[str, Any]:
    question = saved.question.model_dump(mode="json", exclude_none=True)
    return {"number": saved.number, "name": saved.name, "question": question}
