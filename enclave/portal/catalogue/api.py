"""``/api/catalogue``: what there is to ask for. It tells nothing about anybody."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from enclave.portal.admission import AnyVisitor
from enclave.portal.catalogue.answers import (
    CatalogueAnswer,
    TableAnswer,
    VariableAnswer,
)
from enclave.portal.catalogue.units import units
from enclave.portal.office import Place
from enclave.warehouse.catalogue import Code, Variable
from enclave.warehouse.warehouse import Warehouse


router = APIRouter(prefix="/api/catalogue", tags=["catalogue"])

Text = Annotated[str, Query(min_length=2, max_length=100)]
Language = Literal["en", "da"]


@router.get("/search")
def search(
    text: Text, visitor: AnyVisitor, place: Place, language: Language = "en"
) -> dict[str, Any]:
    """Find variables and codes by name or label, in Danish and English at once.

    ``language`` is that of the labels in the answer.
    """
    del visitor
    found = Warehouse(place.settings).snapshot().catalogue.search(text)
    return {
        "variables": [
            VariableAnswer.of(one, language).model_dump()
            for one in found
            if isinstance(one, Variable)
        ],
        "codes": [_code(one, language) for one in found if isinstance(one, Code)],
    }


@router.get("/tables")
def tables(
    visitor: AnyVisitor, place: Place, language: Language = "en"
) -> CatalogueAnswer:
    """Return every table with its variables, and what their values are like.

    Counts are coarse, shares and percentiles rounded: see the catalogue's profiles.
    """
    del visitor
    snapshot = Warehouse(place.settings).snapshot()
    return CatalogueAnswer(
        snapshot=snapshot.number,
        tables=tuple(
            TableAnswer.of(one, language) for one in snapshot.catalogue.tables
        ),
        units=units(snapshot),
    )


def _code(code: Code, language: Language) -> dict[str, Any]:
    labels = {"en": code.label_en, "da": code.label_da}
    label = labels[language] or code.label_en or code.label_da
    return {"system": code.system, "code": code.code, "label": label}
