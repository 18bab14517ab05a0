"""``/api/feasibility``: every number that leaves here passed the count gate.

All but those below ``steward/``, which only a data manager reaches who signed in as a
person and gives a reason.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from enclave.cohort.lint import lint
from enclave.cohort.question import Question
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CellsAnswer,
    CostsAnswer,
    CountAnswer,
    ExactAnswer,
    ExtentsAnswer,
    PolicyAnswer,
    RemarkAnswer,
)
from enclave.feasibility.by_codes import Code
from enclave.feasibility.service import FeasibilityService
from enclave.feasibility.steward import exact_count
from enclave.portal import words
from enclave.portal.admission import AnyVisitor, Person, account_of
from enclave.portal.danish import in_danish
from enclave.portal.feasibility.slot import SlottedRoute
from enclave.portal.office import Place


router = APIRouter(prefix="/api/feasibility", tags=["feasibility"])
# Answers about patients: none comes sooner or later for what it says.
asking = APIRouter(route_class=SlottedRoute)


class Asked(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    question: Question


class AskedBy(Asked):
    """What is asked, and how it is to be sorted."""

    by: str


class AskedAvailability(Asked):
    """What is asked, and of which variables."""

    variables: tuple[str, ...]


class AskedCodes(Asked):
    """What is asked, and which codes are looked for."""

    codes: tuple[Code, ...]


class AskedAlso(Asked):
    """What is asked, and the system whose frequent codes are looked for."""

    system: str


class AskedExactly(Asked):
    """What a data manager asks, and why."""

    reason: str


def _service(visitor: AnyVisitor, place: Place) -> FeasibilityService:
    """Return the service, for somebody who has an account."""
    with place.database.begin() as session:
        account_of(session, visitor)
    return FeasibilityService(place.settings, place.database)


Service = Annotated[FeasibilityService, Depends(_service)]


@asking.post("/count")
def count(
    asked: Asked, visitor: AnyVisitor, service: Service, place: Place
) -> CountAnswer:
    """Return a protected count of the persons a question fits."""
    found = service.count(visitor.account, asked.question, clock=place.clock)
    return CountAnswer.model_validate(found)


@asking.post("/attrition")
def attrition(
    asked: Asked, visitor: AnyVisitor, service: Service, place: Place
) -> AttritionAnswer:
    """Return a protected count after each step of a question."""
    found = service.attrition(visitor.account, asked.question, clock=place.clock)
    return AttritionAnswer.model_validate(found)


@asking.post("/breakdown")
def breakdown(
    asked: AskedBy, visitor: AnyVisitor, service: Service, place: Place
) -> CellsAnswer:
    """Return a cohort cell by cell, at the price of one question.

    ``by`` is ``sex-age``, ``index-year`` or a coded variable of persons.
    """
    found = service.breakdown(
        visitor.account, asked.question, asked.by, clock=place.clock
    )
    return CellsAnswer.model_validate(found)


@asking.post("/availability")
def availability(
    asked: AskedAvailability, visitor: AnyVisitor, service: Service, place: Place
) -> CellsAnswer:
    """Return how many of a cohort have values, at the price of one question."""
    found = service.availability(
        visitor.account, asked.question, asked.variables, clock=place.clock
    )
    return CellsAnswer.model_validate(found)


@asking.post("/costs")
def costs(
    asked: Asked, visitor: AnyVisitor, service: Service, place: Place
) -> CostsAnswer:
    """Return what each criterion costs; each variant is a question of its own."""
    found = service.costs(visitor.account, asked.question, clock=place.clock)
    return CostsAnswer.model_validate(found)


@asking.post("/extent")
def extent(
    asked: AskedAvailability, visitor: AnyVisitor, service: Service, place: Place
) -> ExtentsAnswer:
    """Return how many values there usually are, and since when, for one question."""
    found = service.extent(
        visitor.account, asked.question, asked.variables, clock=place.clock
    )
    return ExtentsAnswer.of(found)


@asking.post("/codes")
def codes(
    asked: AskedCodes, visitor: AnyVisitor, service: Service, place: Place
) -> CellsAnswer:
    """Return how many of a cohort have each code, at the price of one question."""
    found = service.codes(
        visitor.account, asked.question, asked.codes, clock=place.clock
    )
    return CellsAnswer.model_validate(found)


@asking.post("/also")
def also(
    asked: AskedAlso, visitor: AnyVisitor, service: Service, place: Place
) -> CellsAnswer:
    """Return how many of a cohort also have the most frequent codes of a system."""
    found = service.also(
        visitor.account, asked.question, asked.system, clock=place.clock
    )
    return CellsAnswer.model_validate(found)


@router.post("/steward/count")
def count_exactly(asked: AskedExactly, visitor: Person, place: Place) -> ExactAnswer:
    """Return an exact count to a data manager, on the record."""
    found = exact_count(
        place.settings,
        place.database,
        visitor.account,
        asked.question,
        asked.reason,
        clock=place.clock,
    )
    return ExactAnswer.model_validate(found)


@router.post("/remarks")
def remarks(
    asked: Asked, request: Request, visitor: AnyVisitor, place: Place
) -> tuple[RemarkAnswer, ...]:
    """Say what is probably wrong with a question; costs nothing, no data are looked at.

    Nothing is said before the first load.
    """
    del visitor
    catalogue = place.catalogue()
    in_own_words = in_danish if words.chosen(request) == "da" else str
    return tuple(
        RemarkAnswer(
            severity=one.severity, message=in_own_words(one.message), path=one.path
        )
        for one in (lint(asked.question, catalogue) if catalogue else ())
    )


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


router.include_router(asking)
