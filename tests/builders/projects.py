"""People, applications and projects for tests; each step is really taken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.cohort.question import Population, Question
from enclave.projects import (
    applications,
    demo_forms,
    evidence,
    institutions,
    people,
    reviews,
    steps,
)
from enclave.projects.applications import Application
from enclave.projects.case import Given
from enclave.projects.institutions import Wanted
from enclave.projects.people import Account, Person, Role
from enclave.store.attachment_tables import Attachment
from enclave.store.database import Database
from enclave.store.feasibility_tables import FeasibilityOutcome
from enclave.warehouse.catalogue import Catalogue, Profile, TableEntry, Variable
from enclave.warehouse.vocabulary import Label


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
# More than any form asks for.
MANY = 900_000
QUESTION = Question(population=Population(sex="female"))
WINDOW = (date(2010, 1, 1), date(2024, 12, 31))


def at(day: date = TODAY) -> Clock:
    """A clock that stands at noon of a day."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return lambda: moment


def later(**interval: Any) -> Clock:
    return at((NOW + timedelta(**interval)).date())


def person(
    session: Session, name: str, *roles: str, email: str | None = None, **more: Any
) -> Account:
    """Register somebody whose agreement and training hold for a year."""
    year = TODAY + timedelta(days=365)
    wanted = {
        "name": name,
        "display_name": name.capitalize(),
        "email": email or f"{name}@demo.example",
        "institution": "Rigshospitalet",
        "roles": roles or (Role.RESEARCHER,),
        "agreement_until": year,
        "training_until": year,
        **more,
    }
    terms = Wanted(wanted["institution"])
    institutions.authorise(session, terms, "For tests.", "system", at())
    return people.register(session, Person(**wanted), actor="system", clock=at())


# One account for each role, so that a test shows what that role alone can do.
CAST = {
    Role.RESEARCHER: "rikke",
    Role.DATA_MANAGER: "mads",
    Role.CORE: "karen",
    Role.CHECKER: "ole",
    Role.AUDITOR: "ada",
    Role.SAC: "sanne",
    Role.EXCOM: "erik",
    Role.BIOBANK_COORDINATOR: "bente",
}
# Two more reviewers, so that one who has not voted yet is left.
REVIEWERS = ("sune", "signe")


def cast(database: Database) -> None:
    with database.begin() as session:
        for role, name in CAST.items():
            person(session, name, role)
        person(session, "anne")
        for name in REVIEWERS:
            person(session, name, Role.SAC)


def variable(name: str, **changes: Any) -> Variable:
    table, _, column = name.partition(".")
    fields: dict[str, Any] = {
        "table": table,
        "name": column,
        "label": Label(en=column, da=column),
        "type": "number",
        "unit": None,
        "role": None,
        "code_system": None,
        "sensitivity": "sensitive",
        "profile": Profile(missing=0.0, distinct="11-100"),
        **changes,
    }
    return Variable(**fields)


def catalogue() -> Catalogue:
    """Two tables: a value that may be asked for, a person key, a direct identifier."""
    return Catalogue.of(
        (
            _table("lab", variable("lab.value"), variable("lab.person", role="person")),
            _table("person", variable("person.cpr", sensitivity="direct_identifier")),
        ),
        [],
    )


def _table(name: str, *variables: Variable) -> TableEntry:
    return TableEntry(
        name=name,
        kind="person" if name == "person" else "event",
        label=Label(en=name, da=name),
        rows=1000,
        persons=100,
        coverage_from=None,
        coverage_to=None,
        code_system=None,
        variables=variables,
    )


def proposal_form(**changes: Any) -> dict[str, Any]:
    return demo_forms.proposal(QUESTION, today=TODAY, **changes)


def request_form(**changes: Any) -> dict[str, Any]:
    return {**demo_forms.data_request("demo", ["lab.value"], WINDOW), **changes}


Step = tuple[str, str]

PROPOSAL_PATHS: dict[str, tuple[Step, ...]] = {
    "draft": (),
    "submitted": (("submit", "rikke"),),
    "returned": (("submit", "rikke"), ("return", "karen")),
    "internal_review": (("submit", "rikke"), ("start_review", "karen")),
    "conditionally_approved": (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve_conditionally", "karen"),
    ),
    "approved": (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve", "karen"),
    ),
    "sac_review": (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("send_to_sac", "karen"),
        ("vote", "sune"),
        ("vote", "signe"),
    ),
    "excom_decision": (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("send_to_sac", "karen"),
        ("vote", "sune"),
        ("vote", "signe"),
        ("send_to_excom", "karen"),
    ),
    "conditions_met": (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve_conditionally", "karen"),
        ("meet_conditions", "rikke"),
    ),
    "rejected": (("submit", "rikke"), ("reject", "karen")),
    "withdrawn": (("withdraw", "rikke"),),
}

REQUEST_PATHS: dict[str, tuple[Step, ...]] = {
    "draft": (),
    "submitted": (("submit", "rikke"),),
    "returned": (("submit", "rikke"), ("return", "mads")),
    "approvals_check": (("submit", "rikke"), ("check_approvals", "karen")),
    "spec_agreed": (
        ("submit", "rikke"),
        ("check_approvals", "karen"),
        ("agree_specification", "mads"),
    ),
    "qa": (
        ("submit", "rikke"),
        ("check_approvals", "karen"),
        ("agree_specification", "mads"),
        ("extract", "mads"),
    ),
    "active": (
        ("submit", "rikke"),
        ("check_approvals", "karen"),
        ("agree_specification", "mads"),
        ("extract", "mads"),
        ("activate", "mads"),
    ),
    "rejected": (("submit", "rikke"), ("reject", "karen")),
    "withdrawn": (("withdraw", "rikke"),),
    "closed": (
        ("submit", "rikke"),
        ("check_approvals", "karen"),
        ("agree_specification", "mads"),
        ("extract", "mads"),
        ("activate", "mads"),
        ("close", "rikke"),
    ),
}


FEASIBILITY_PATHS: dict[str, tuple[Step, ...]] = {
    "draft": (),
    "submitted": (("submit", "rikke"),),
    "in_work": (("submit", "rikke"), ("take_up", "mads")),
    "needs_info": (("submit", "rikke"), ("ask_for_information", "mads")),
    "answered": (("submit", "rikke"), ("take_up", "mads"), ("answer", "mads")),
    "used_in": (
        ("submit", "rikke"),
        ("take_up", "mads"),
        ("answer", "mads"),
        ("use", ""),
    ),
    "expired": (
        ("submit", "rikke"),
        ("take_up", "mads"),
        ("answer", "mads"),
        ("expire", ""),
    ),
    "withdrawn": (("withdraw", "rikke"),),
}


def take(
    session: Session,
    application_id: int,
    action: str,
    actor: str,
    reason: str = "Because the aims are unclear.",
    clock: Clock | None = None,
) -> Application:
    """Do one action as a person would, a data request's catalogue at hand."""
    clock = clock or at()
    if action == "submit":
        return applications.submit(session, application_id, actor, catalogue(), clock)
    if not actor:
        application = session.get_one(Application, application_id)
        steps.happen(session, application, action, clock=clock)
        return application
    if action == "vote":
        given = reviews.Vote("approve", 4, "Sound, and worth doing.", "Known group.")
        reviews.vote(session, application_id, given, actor, clock)
        return session.get_one(Application, application_id)
    given = Given(reason, figure=MANY)
    return applications.act(session, application_id, action, actor, given, clock)


def proposal(
    database: Database, state: str = "draft", actor: str = "rikke", **changes: Any
) -> int:
    """Bring a proposal into a state; return its number."""
    with database.begin() as session:
        form = proposal_form(**changes)
        made = applications.create(session, "proposal", form, actor, at())
        for consent in form.get("other_departments", ()):
            session.add(_letter(made.id, consent["document"], actor))
        for action, who in PROPOSAL_PATHS[state]:
            take(session, made.id, action, who)
        return made.id


def _letter(number: int, name: str, actor: str) -> Attachment:
    """The record of an attached file; the file is not there."""
    return Attachment(
        application_id=number,
        name=name,
        kind="pdf",
        size=1,
        sha256="0" * 64,
        file="0" * 32,
        remarks="",
        added=NOW,
        added_by=actor,
    )


def request(database: Database, state: str = "draft", **changes: Any) -> int:
    """Bring a data request of project ``demo`` into a state; return its number."""
    with database.begin() as session:
        form = request_form(**changes)
        made = applications.create(session, "data_request", form, "rikke", at())
        for action, who in REQUEST_PATHS[state]:
            take(session, made.id, action, who)
            if action == "extract":
                details = {"version": 1}
                evidence.put(session, made, "first_delivery", details, actor="mads")
        return made.id


def feasibility_form(**changes: Any) -> dict[str, Any]:
    return {
        **demo_forms.feasibility_request(QUESTION, ["lab.value"], WINDOW),
        **changes,
    }


def feasibility(
    database: Database,
    state: str = "draft",
    valid_until: date = TODAY,
    **changes: Any,
) -> int:
    """Bring a feasibility request into a state; return its number.

    One in work has an outcome already, so that it can be answered.
    """
    with database.begin() as session:
        form = feasibility_form(**changes)
        made = applications.create(session, "feasibility_request", form, "rikke", at())
        for action, who in FEASIBILITY_PATHS[state]:
            take(session, made.id, action, who)
            if action == "take_up":
                session.add(_outcome(made.id, valid_until))
                session.flush()
        return made.id


def _outcome(application_id: int, valid_until: date) -> FeasibilityOutcome:
    return FeasibilityOutcome(
        application_id=application_id,
        snapshot=1,
        snapshot_digest="0" * 64,
        question_digest=QUESTION.digest,
        document="{}",
        digest="0" * 64,
        answered_by="mads",
        answered=NOW,
        valid_until=valid_until,
    )


def project(database: Database, **changes: Any) -> str:
    """Have a proposal approved; return the slug of its project."""
    proposal(database, "approved", **changes)
    return str(changes.get("short_name", "demo"))
