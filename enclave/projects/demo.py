"""The people of a demonstration: one of each role, two where two must agree."""

from datetime import timedelta

from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.projects.institutions import Wanted, authorise
from enclave.projects.people import SYSTEM, Account, Person, Role, register


_HOSPITAL = "Rigshospitalet (demo)"
_PEOPLE = (
    ("rikke", "Rikke Researcher", (Role.RESEARCHER,)),
    ("anne", "Anne Another-Researcher", (Role.RESEARCHER,)),
    ("mads", "Mads Data-Manager", (Role.DATA_MANAGER,)),
    ("karen", "Karen Core", (Role.CORE,)),
    ("kim", "Kim Core", (Role.CORE,)),
    ("ole", "Ole Checker", (Role.CHECKER, Role.AUDITOR)),
    ("sanne", "Sanne Reviewer", (Role.SAC,)),
    ("sune", "Sune Reviewer", (Role.SAC,)),
    ("erik", "Erik Executive", (Role.EXCOM,)),
    ("bente", "Bente Biobank", (Role.BIOBANK_COORDINATOR,)),
)


def register_demo_people(session: Session, *, clock: Clock = now) -> list[Account]:
    """Add the demo people, or renew their agreement and training for a year."""
    authorise(
        session, Wanted(_HOSPITAL), "The hospital of the demonstration.", SYSTEM, clock
    )
    year = clock().date() + timedelta(days=365)
    return [
        register(
            session,
            Person(
                name=name,
                display_name=display_name,
                email=f"{name}@demo.example",
                institution=_HOSPITAL,
                roles=roles,
                agreement_until=year,
                training_until=year,
            ),
            actor=SYSTEM,
            clock=clock,
        )
        for name, display_name, roles in _PEOPLE
    ]
