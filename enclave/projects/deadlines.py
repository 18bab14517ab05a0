"""The days on which a person's work in a project will end, unless somebody acts."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from enclave.projects import register
from enclave.store.project_tables import Account, Membership, Project


class Ending(StrEnum):
    """What ends."""

    PROJECT = "project"
    APPROVAL = "approval"
    MEMBERSHIP = "membership"
    AGREEMENT = "agreement"
    TRAINING = "training"


@dataclass(frozen=True)
class Deadline:
    """The last day on which something holds.

    Attributes
    ----------
    name
        Which one, where a project has several; else empty.
    """

    on: date
    kind: Ending
    name: str = ""


def of(session: Session, project: Project, account: Account) -> list[Deadline]:
    """Return the deadlines of a person in a project, the next one first."""
    membership = session.get(Membership, (project.number, account.name))
    days: list[tuple[date | None, Ending, str]] = [
        (project.end_date, Ending.PROJECT, ""),
        (membership.until if membership else None, Ending.MEMBERSHIP, ""),
        (account.agreement_until, Ending.AGREEMENT, ""),
        (account.training_until, Ending.TRAINING, ""),
        *(
            (one.expires, Ending.APPROVAL, one.spoken())
            for one in register.approvals_of(session, project)
        ),
    ]
    return sorted(
        (Deadline(on, kind, name) for on, kind, name in days if on is not None),
        key=lambda one: (one.on, one.kind),
    )
