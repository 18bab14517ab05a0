"""Act on an application, answer a feasibility request: for pages and programs."""

from dataclasses import dataclass

from enclave.feasibility import request_answer
from enclave.feasibility.outcome import Remarks
from enclave.feasibility.request_answer import Answer
from enclave.portal.admission import account_of
from enclave.portal.desk import Wish, carry_out
from enclave.portal.office import Office
from enclave.portal.visitor import Visitor
from enclave.store.project_tables import Account


@dataclass(frozen=True)
class Action:
    """What a visitor wants done to the version that they looked at."""

    name: str
    version: int
    reason: str = ""
    figure: int | None = None


def act(
    application_id: int, wanted: Action, visitor: Visitor, place: Office
) -> Account:
    """Take an application to its next state; return who did it."""
    account = _somebody(visitor, place)
    wish = Wish(
        application_id,
        wanted.name,
        account.name,
        wanted.reason,
        wanted.version,
        wanted.figure,
    )
    carry_out(place.settings, place.database, wish, place.clock)
    return account


def answer(
    application_id: int,
    version: int,
    reason: str,
    remarks: Remarks,
    visitor: Visitor,
    place: Office,
) -> tuple[Answer, Account]:
    """Answer a feasibility request; return what is told this once, and who did it."""
    account = _somebody(visitor, place)
    wish = request_answer.Wish(application_id, account.name, reason, remarks, version)
    done = request_answer.answer(
        place.settings, place.database, wish, clock=place.clock
    )
    return done, account


def _somebody(visitor: Visitor, place: Office) -> Account:
    with place.database.begin() as session:
        return account_of(session, visitor)
