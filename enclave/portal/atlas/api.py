"""``/api/atlas``: translate cohort definitions of ATLAS (Circe JSON), both ways."""

import json
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from enclave.cohort.atlas.reading import read_definition
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


@router.post("/question")
def question(asked: AskedDefinition, visitor: AnyVisitor) -> QuestionAnswer:
    """Translate a definition; what a question cannot say is refused by its name."""
    del visitor
    text = json.dumps(asked.definition)
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
