"""``/api/reruns``: ask for a re-run, watch it, cancel it, see how all is."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from enclave.archive import rerun_overview, rerun_request
from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Wish
from enclave.archive.rerun_terms import Terms
from enclave.portal.admission import AnyVisitor, Person, account_of
from enclave.portal.office import Place
from enclave.portal.reruns.answers import OverviewAnswer


router = APIRouter(prefix="/api/reruns", tags=["re-runs"])

Number = Annotated[int, Query(ge=1, le=1_000_000)]


class Wanted(BaseModel):
    """Which analysis is to be executed again, on which data and in which kernel.

    ``key`` is your own name for the request: sent again, it is the same request. So
    whoever did not hear the answer may ask again.
    """

    model_config = ConfigDict(extra="forbid")

    analysis: str
    key: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    data: Literal["frozen", "today"] = "frozen"
    kernel: str | None = None


@router.get("")
def listing(visitor: Person, place: Place, page: Number = 1) -> dict[str, Any]:
    """List the re-runs you may know of, the last asked for first."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        rows = rerun_overview.listing(session, account, place.clock, page=page)
    return {"reruns": rows}


@router.post("", status_code=201)
def ask(wanted: Wanted, visitor: Person, place: Place) -> dict[str, Any]:
    """Ask for a re-run; a worker carries it out."""
    # Names of one person's are no names of another's.
    key = f"{visitor.account}:{wanted.key}" if wanted.key else None
    wish = Wish(visitor.account, key, Terms(wanted.data, wanted.kernel or None))
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = enqueue_rerun(
            session, place.settings, wanted.analysis, wish, clock=place.clock
        )
        return rerun_overview.one(
            session, made.analysis_id, made.number, account, place.clock
        )


@router.get("/overview")
def overview(visitor: AnyVisitor, place: Place) -> OverviewAnswer:
    """Return what a dashboard shows: last requests, verdicts by month, health."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        health = rerun_overview.health(session, account, place.clock)
        found = {
            "reruns": rerun_overview.listing(session, account, place.clock),
            "months": rerun_overview.months(session, account, place.clock),
            "well": health["well"],
            "concerns": health["concerns"],
        }
    return OverviewAnswer.model_validate(found)


@router.get("/health")
def health(visitor: Person, place: Place) -> dict[str, Any]:
    """Say whether the archive is well: the last nightly sample, and the queue."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return rerun_overview.health(session, account, place.clock)


@router.get("/{analysis}/{number}")
def show(analysis: str, number: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Return one re-run: what was asked for, how far it is, and the verdict."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return rerun_overview.one(session, analysis, number, account, place.clock)


@router.post("/{analysis}/{number}/cancel")
def cancel(analysis: str, number: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Have a re-run not carried out, or stop it where it runs."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        # What one may not know of, one cannot cancel.
        rerun_overview.one(session, analysis, number, account, place.clock)
        request = rerun_request.get(session, analysis, number)
        rerun_request.cancel(session, request, actor=account.name, clock=place.clock)
        return rerun_overview.one(session, analysis, number, account, place.clock)
