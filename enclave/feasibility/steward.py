"""Exact counts, for data managers, with a reason and on the record.

What an applicant is told is what the count gate says about the same question; nothing
from here is passed on.
"""

from dataclasses import dataclass

from enclave.audit.log import Event, record
from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.disclosure.policy import policy
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.counting import count
from enclave.feasibility.release import released_snapshot
from enclave.projects import people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


SHORTEST_REASON = 10


@dataclass(frozen=True)
class ExactCount:
    """How many persons there are, for a data manager's eyes.

    The names are none of a protected count's, so that neither is taken for the other.
    """

    exact_persons: int
    asked_question_digest: str
    on_snapshot: int


def exact_count(
    settings: Settings,
    database: Database,
    account: str,
    question: Question,
    reason: str,
    *,
    clock: Clock = now,
) -> ExactCount:
    """Count exactly, on the snapshot that answers everybody's questions.

    Parameters
    ----------
    reason
        Why an exact count is needed; it stands in the audit log, the count does not.

    Raises
    ------
    InputError
        If there is no reason.
    NotFoundError
        If the person has no account, or if nothing was loaded yet.
    PolicyRefusal
        If the person is no data manager.
    """
    with database.begin() as session:
        if people.Role.DATA_MANAGER not in people.get(session, account).roles:
            raise PolicyRefusal(
                f"{account} is no data manager, and exact counts are for data managers"
                " alone. Ask for a protected count, or for a feasibility analysis."
            )
    if len(reason.strip()) < SHORTEST_REASON:
        raise InputError(
            "Say why an exact count is needed, in a sentence: the reason stands in the"
            " audit log."
        )
    warehouse = Warehouse(settings)
    number = released_snapshot(warehouse.snapshots(), policy())
    details = {"question": question.digest, "reason": reason.strip()}
    event = Event(account, "question.exact", f"snapshot:{number}", details)
    # Before the count is made: who looked stands there, whatever happens afterwards.
    with database.begin() as session:
        record(session, event, clock=clock)
    return ExactCount(
        exact_persons=count(question, warehouse.snapshot(number)),
        asked_question_digest=question.digest,
        on_snapshot=number,
    )
