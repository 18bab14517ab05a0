"""Forms of every kind within a project, and applications in any state of theirs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from enclave.projects import applications, evidence, kinds, lifecycle, machine
from enclave.projects.case import document
from enclave.projects.machine import Guard, Kind, State, Transition
from enclave.projects.people import Role
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database
from enclave.store.project_tables import Account, Application
from tests.builders.projects import (
    CAST,
    NOW,
    REVIEWERS,
    TODAY,
    WINDOW,
    at,
    person,
    project,
    take,
)


VEK = {
    "authority": "vek",
    "journal_number": "H-20012345",
    "decision_date": "2024-03-01",
    "document": "vek.pdf",
}
FORTEGNELSE = {
    "authority": "fortegnelse",
    "journal_number": "P-2024-77",
    "decision_date": "2024-03-02",
}
ANALYSIS = "PAC2026Researcher_demo"
WINDOW_JSON = {"start": WINDOW[0].isoformat(), "end": WINDOW[1].isoformat()}
RESULTS_BY = TODAY + timedelta(days=100)
SECTION = "The second year of data has arrived, and a colleague joins."

FORMS: dict[Kind, dict[str, Any]] = {
    Kind.BIOBANK_REQUEST: {
        "specimen": "plasma",
        "samples": 200,
        "minimum_volume_ul": 300,
        "days_from": -30,
        "days_to": 0,
        "freeze_thaw_maximum": 1,
        "assay": "Olink Target 96 Inflammation",
        "laboratory": "Department of clinical immunology",
        "depletion": "No sample is used up: half of each tube is left.",
        "shipping": "On dry ice, by courier",
        "transfer_agreement": "needed",
        "approvals": [VEK, FORTEGNELSE],
        "results_by": RESULTS_BY.isoformat(),
        "leftover": "returned",
        "will_return_results": True,
    },
    Kind.OWN_DATA: {
        "table": "questionnaire",
        "description": "Answers to a questionnaire on quality of life after discharge.",
        "source": "REDCap of the department",
        "legal_basis": "The patients' written consent, which names this linkage.",
        "on_fortegnelse": True,
        "columns": [
            {"name": "cpr", "label": "CPR number", "type": "text", "use": "cpr"},
            {"name": "score", "label": "EQ-5D index", "type": "number"},
        ],
        "contact": "Rikke Researcher",
    },
    Kind.CPR_EXTRACT: {
        "purpose": "records",
        "window": WINDOW_JSON,
        "columns": ["cpr", "hospital", "contact_date"],
        "why": "The records themselves are read for the validation of the codes.",
        "recipient": "rikke",
        "will_destroy": True,
    },
    Kind.AMENDMENT: {
        "reason": SECTION,
        "variables": ["lab.value"],
        "window": WINDOW_JSON,
    },
    Kind.OUTPUT_REQUEST: {
        "purpose": "publication",
        "files": [
            {
                "name": "tables/table1.csv",
                "kind": "table",
                "description": "Age and sex of both groups.",
                "persons_minimum": 12,
            }
        ],
        "software": "R 4.5",
        "no_single_persons": True,
    },
    Kind.CLOSE_OUT: {
        "summary": "No difference in survival was found between the two groups.",
        "no_analyses_because": "The project was stopped before any analysis.",
        "publications": ["10.1136/bmjopen-2024-089966"],
        "data_were": "destroyed",
        "data_gone_on": TODAY.isoformat(),
        "statement": True,
    },
    Kind.RERUN_REQUEST: {
        "analysis": ANALYSIS,
        "asked_by": "journal",
        "organisation": "A journal",
        "contact": "editor@journal.example",
        "reference": "MS-2026-1",
        "why": "A reader could not follow how table 2 was made.",
    },
}


def made_by(kind: Kind) -> str:
    """Who applies: for a re-run a second member of CORE, so that the first decides."""
    return "rikke" if Role.RESEARCHER in kinds.of(kind).by else "kim"


def draft(session: Session, kind: Kind, slug: str = "demo", **changes: Any) -> int:
    form = {"project": slug, **FORMS[kind], **changes}
    return applications.create(session, kind, form, made_by(kind), at()).id


def within(database: Database, kind: Kind, state: str, slug: str) -> int:
    """Bring an application of a project of its own into a state; return its number.

    Whatever else the ways out of that state take, such as votes, is there too.
    """
    project(database, short_name=slug)
    with database.begin() as session:
        if session.get(Account, "kim") is None:
            person(session, "kim", Role.CORE)
        if kind is Kind.RERUN_REQUEST:
            archive(session, slug)
        number = draft(session, kind, slug, **_analysis_of(kind, slug))
        if kind is Kind.AMENDMENT:
            _prolong(session, number)
        for way in path(kind, State(state)):
            prepare(session, number, way)
            step(session, number, way)
        for way in machine.leaving(kind, state):
            prepare(session, number, way)
        return number


def path(kind: Kind, state: State) -> list[Transition]:
    """Return the shortest way from the draft to a state."""
    reached: dict[State, list[Transition]] = {State.DRAFT: []}
    while state not in reached:
        for at_state, ways in [*reached.items()]:
            for one in machine.leaving(kind, at_state):
                reached.setdefault(one.target, [*ways, one])
    return reached[state]


def step(session: Session, number: int, way: Transition, actor: str = "") -> None:
    """Take a way as somebody of the right role, on a day on which it can be taken."""
    kind = way.kind
    who = actor or (made_by(kind) if way.by_applicant else CAST[way.roles[0]])
    take(session, number, way.action, who, clock=clock_of(way.action))


def clock_of(action: str) -> Any:
    late = action == "mark_overdue"
    return at(RESULTS_BY + timedelta(days=1)) if late else at()


def prepare(session: Session, number: int, way: Transition) -> None:
    """See to the votes and the evidence that a way takes."""
    application = session.get_one(Application, number)
    if Guard.VOTES in way.guards and application.state == State.SAC_REVIEW:
        for who in REVIEWERS:
            take(session, number, "vote", who)
    if way.evidence and application.state in way.sources:
        evidence.put(session, application, way.evidence, {"rows": 3}, actor="mads")


def archive(session: Session, slug: str) -> None:
    """Archive an analysis of a project; its bundle is not on the shelf."""
    session.add(
        ArchivedAnalysis(
            id=_analysis(slug),
            content_key=f"{slug:0<64}",
            project_number=lifecycle.get(session, slug).number,
            account="rikke",
            title="Table 2",
            kernel="python-2026.12",
            delivery_version=1,
            snapshot=1,
            manifest_digest="0" * 64,
            publishable=False,
            archived=NOW,
        )
    )
    session.flush()


def _analysis(slug: str) -> str:
    return f"{ANALYSIS}_{slug.replace('-', '_')}"


def _analysis_of(kind: Kind, slug: str) -> dict[str, Any]:
    return {"analysis": _analysis(slug)} if kind is Kind.RERUN_REQUEST else {}


def _prolong(session: Session, number: int) -> None:
    application = session.get_one(Application, number)
    form = document(application)
    end = (TODAY + timedelta(days=1000)).isoformat()
    applications.edit(session, number, {**form, "end_date": end}, "rikke", at())


def every_state(kind: Kind) -> Iterator[str]:
    yield from (state.value for state in machine.states(kind))
