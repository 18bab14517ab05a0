"""What the count gate once said about a grant's question."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.cohort.question import Question
from enclave.disclosure.canonical_question import canonical_form, question_id
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import in_words, presented
from enclave.disclosure.secret import gate_secret
from enclave.settings import Settings
from enclave.store.disclosure_tables import StoredAnswer


class ShownCount(BaseModel):
    """A protected count, as everybody who asked saw it.

    Attributes
    ----------
    value
        Persons, with noise and rounded; null if it was hidden.
    en, da
        The same in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    snapshot: int
    value: int | None
    en: str
    da: str


def shown_count(
    session: Session,
    settings: Settings,
    question: Question,
    snapshot: int,
    *,
    before: datetime,
) -> ShownCount | None:
    """Return the stored answer to a question, of the latest snapshot up to this one.

    Parameters
    ----------
    before
        Answers given later do not count: a delivery made again says what it said then.

    Notes
    -----
    Nothing is asked anew and nobody's budget is touched. There is none if nobody asked,
    or if the question is too fine for the gate.
    """
    rules = policy()
    if refusals(question, rules.grammar):
        return None
    form, secret = canonical_form(question), gate_secret(settings)
    answered = select(StoredAnswer.snapshot).where(StoredAnswer.snapshot <= snapshot)
    for number in sorted(session.scalars(answered.distinct()), reverse=True):
        answer = session.get(StoredAnswer, question_id(form, number, secret))
        if answer is not None and answer.at < before:
            value = presented(answer.noisy, rules)
            return ShownCount(
                snapshot=number,
                value=value,
                en=in_words(value, rules, "en"),
                da=in_words(value, rules, "da"),
            )
    return None
