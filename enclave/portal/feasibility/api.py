"""``/api/feasibility``: every number that leaves here passed the count gate."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from enclave.cohort.question import Question
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CountAnswer,
    PolicyAnswer,
)
from enclave.feasibility.service import FeasibilityService
from enclave.portal.admission import AnyVisitor, account_of
from enclave.portal.office import Place


router = APIRouter(prefix="/api/feasibility", tags=["feasibility"])


class Asked(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    question: Question


def _service(visitor: AnyVisitor, place: Place) -> FeasibilityService:
    """Return the service, for somebody who has an account."""
    with place.database.begin() as session:
        account_of(session, visitor)
    return FeasibilityService(place.settings, place.database)


Service = Annotated[FeasibilityService, Depends(_service)]


@router.post("/count")
def count(
    asked: Asked, visitor: AnyVisitor, service: Service, place: Place
) -> CountAnswer:
    """Return a protected count of the persons a question fits."""
    found = service.count(visitor.account, asked.question, clock=place.clock)
    return CountAnswer.model_validate(found)


@router.post("/attrition")
def attrition(
    asked: Asked, visitor: AnyVisitor, service: Service, place: Place
) -> AttritionAnswer:
    """Return a protected count after each step of a question."""
    found = service.attrition(visitor.account, asked.question, clock=place.clock)
    return AttritionAnswer.model_validate(found)


@router.get("/budget")
def budget(visitor: AnyVisitor, service: Service, place: Place) -> BudgetAnswer:
    """Return how many new questions you may still ask."""
    return BudgetAnswer.model_validate(
        service.budget(visitor.account, clock=place.clock)
    )


@router.get("/policy")
def policy(service: Service) -> PolicyAnswer:
    """Return the rules of the count gate: values, menus, and sentences about them."""
    return PolicyAnswer.of(service.policy)
