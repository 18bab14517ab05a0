"""``/api/atlas``: translate cohort definitions of ATLAS (Circe JSON), both ways."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from enclave.cohort.atlas.reading import read_definition, read_json
from enclave.cohort.atlas.writing import write_definition
from enclave.cohort.labels import labels_of
from enclave.cohort.question import Question
from enclave.portal.admission import AnyVisitor
from enclave.portal.office import Place


router = APIRouter(prefix="/api/atlas", tags=["ATLAS"])


class AskedDefinition(BaseModel):
    """A definition as ATLAS exports it.

    Attributes
    ----------
    entry_only
        Whether to leave out when persons leave the cohort.
    """

    model_config = ConfigDict(extra="forbid")

    definition: dict[str, Any]
    entry_only: bool = False


class AskedQuestion(BaseModel):
    """A question to be written for ATLAS."""

    model_config = ConfigDict(extra="forbid")

    question: Question


class QuestionAnswer(BaseModel):
    """A question, and what reads differently in it."""

    question: Question
    notes: tuple[str, ...]


class DefinitionAnswer(BaseModel):
    """A definition, and what reads differently in it."""

    definition: dict[str, Any]
    notes: tuple[str, ...]


async def _sent(request: Request) -> bytes:
    return await request.body()


@router.post("/question")
def question(
    asked: AskedDefinition, visitor: AnyVisitor, sent: Annotated[bytes, Depends(_sent)]
) -> QuestionAnswer:
    """Translate a definition; what a question cannot say is refused by its name."""
    del visitor
    # As it was sent: of a field that stands twice, ``asked`` has but the last.
    text = json.dumps(read_json(sent)["definition"])
    found, notes = read_definition(text, entry_only=asked.entry_only)
    return QuestionAnswer(question=found, notes=notes)


@router.post("/definition")
def definition(
    asked: AskedQuestion, visitor: AnyVisitor, place: Place
) -> DefinitionAnswer:
    """Translate a question; what ATLAS cannot say is refused by its name."""
    del visitor
    catalogue = place.catalogue()
    labels = labels_of(asked.question, catalogue, "en") if catalogue else None
    text, notes = write_definition(asked.question, labels)
    return DefinitionAnswer(definition=json.loads(text), notes=notes)
