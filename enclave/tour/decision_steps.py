"""From a proposal to a grant: people decide, one after the other.

Each step looks at where the application stands and does what is left to do, so a tour
that was killed between two decisions goes on with the next one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import today
from enclave.delivery import grant
from enclave.projects import applications, demo_forms, people
from enclave.projects.approvals import Approval, Authority
from enclave.projects.machine import Kind, State
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, Project
from enclave.tour.data_steps import RESEARCHER
from enclave.tour.journey import Tour
from enclave.warehouse.warehouse import Warehouse


DATA_MANAGER, CORE = "mads", "karen"

# Who does what next, by the state an application stands in.
PROPOSAL_WAY = {
    State.SUBMITTED: ("start_review", CORE),
    State.INTERNAL_REVIEW: ("approve", CORE),
}
REQUEST_WAY = {
    State.SUBMITTED: ("check_approvals", CORE),
    State.APPROVALS_CHECK: ("agree_specification", DATA_MANAGER),
}

# What every study of the tour says the same.
COMMON = {
    "data_management": "Data stay in the enclave, pseudonymised with the project's own"
    " key, and are deleted when the project ends (GDPR article 89).",
    "timeline": "Analysis in the first half-year, manuscript in the second.",
    "funding": "No funding beyond the salaries of the group.",
    "publication_plan": "An open-access journal; authors by the Vancouver rules.",
}


def propose(tour: Tour) -> dict[str, Any]:
    """Write the proposal, with the question that was counted, and submit it."""
    with tour.database.begin() as session:
        proposal = _mine(session, Kind.PROPOSAL) or applications.create(
            session, Kind.PROPOSAL, _proposal_form(tour, session), RESEARCHER
        )
        _submit(session, proposal, tour)
        return {"application": proposal.id, "state": proposal.state}


def approve(tour: Tour) -> dict[str, Any]:
    """Review and approve the proposal; it becomes a project."""
    number = tour["propose"]["application"]
    state = go(tour, number, PROPOSAL_WAY)
    with tour.database.begin() as session:
        project = session.scalars(
            select(Project).where(Project.proposal_id == number)
        ).one()
        return {"project": project.slug, "title": project.title, "state": state}


def request(tour: Tour) -> dict[str, Any]:
    """Request the data, have the approvals checked and the specification agreed."""
    with tour.database.begin() as session:
        data_request = _mine(session, Kind.DATA_REQUEST) or applications.create(
            session, Kind.DATA_REQUEST, _request_form(tour), RESEARCHER
        )
        _submit(session, data_request, tour)
        number = data_request.id
    state = go(tour, number, REQUEST_WAY)
    return {
        "application": number,
        "state": state,
        "variables": list(tour.plan.justifications),
    }


def issue_grant(tour: Tour) -> dict[str, Any]:
    """Compile the agreed request into a signed grant."""
    number = tour["request"]["application"]
    with tour.database.begin() as session:
        earlier = session.scalars(
            select(IssuedGrant.id).where(IssuedGrant.application_id == number)
        ).first()
        issued = (
            grant.load(session, tour.settings, earlier)
            if earlier
            else grant.issue(session, tour.settings, number, DATA_MANAGER)
        )
    return {
        "grant": issued.id,
        "digest": issued.digest,
        "members": list(issued.members),
        "end": issued.end.isoformat(),
    }


def go(tour: Tour, number: int, way: Mapping[State, tuple[str, str]]) -> str:
    """Take an application as far as the way goes; return the state it comes to."""
    while True:
        with tour.database.begin() as session:
            state = State(applications.get(session, number, CORE).state)
            if state not in way:
                return state.value
            action, actor = way[state]
            applications.act(session, number, action, actor)


def _mine(session: Session, kind: Kind) -> Application | None:
    return session.scalars(
        select(Application).where(
            Application.kind == kind, Application.created_by == RESEARCHER
        )
    ).first()


def _submit(session: Session, application: Application, tour: Tour) -> None:
    if application.state == State.DRAFT:
        catalogue = Warehouse(tour.settings).snapshot().catalogue
        applications.submit(session, application.id, RESEARCHER, catalogue)


def _approvals() -> list[dict[str, Any]]:
    decided = today() - timedelta(days=30)
    obtained = [
        Approval(
            authority=authority,
            journal_number=number,
            decision_date=decided,
            document=f"{authority}.pdf",
        ).model_dump(mode="json")
        for authority, number in (
            (Authority.FORTEGNELSE, "P-2026-1"),
            (Authority.REGIONSRAAD, "R-26000001"),
        )
    ]
    return [*obtained, *demo_forms.not_needed(obtained)]


def _proposal_form(tour: Tour, session: Session) -> dict[str, Any]:
    leader = people.get(session, RESEARCHER)
    return {
        **COMMON,
        **tour.plan.proposal,
        "title": tour.plan.title,
        "group": [
            {
                "name": leader.display_name,
                "email": leader.email,
                "institution": leader.institution,
                "role": "leader",
            }
        ],
        "population": tour.plan.question.model_dump(mode="json"),
        "approvals": _approvals(),
        "feasibility_done": True,
        "variables_wanted": "\n".join(
            f"{name}: {reason}" for name, reason in tour.plan.justifications.items()
        ),
        "enclave_use": {"tools": ["python"], "gigabytes": 1, "outputs_per_month": 1},
        "end_date": (today() + timedelta(days=365)).isoformat(),
        "will_return_data_and_code": True,
    }


def _request_form(tour: Tour) -> dict[str, Any]:
    return {
        "project": tour["approve"]["project"],
        "variables": list(tour.plan.justifications),
        "justifications": tour.plan.justifications,
        "window": tour.plan.window.model_dump(mode="json"),
        "date_policy": "real",
        "members": [RESEARCHER],
    }
