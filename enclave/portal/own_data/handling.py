"""Take in a file of own data piece by piece, and have it looked at: both faces."""

from enclave.airlock import ingress_jobs
from enclave.airlock.ingress import Ingress
from enclave.portal.admission import account_of
from enclave.portal.office import Office
from enclave.portal.own_data.standing import own_data
from enclave.portal.visitor import Visitor
from enclave.store.job_tables import Job


def received(application_id: int, visitor: Visitor, place: Office) -> int:
    """Return how many bytes have arrived."""
    hand, _ = _hand(application_id, visitor, place)
    return hand.received


def append(
    application_id: int, offset: int, content: bytes, visitor: Visitor, place: Office
) -> int:
    """Add the next piece of the file; return how many bytes have arrived."""
    hand, account = _hand(application_id, visitor, place)
    return hand.append(offset, content, actor=account)


def complete(application_id: int, sha256: str, visitor: Visitor, place: Office) -> None:
    """Hear that the whole file has arrived, with its hash."""
    hand, account = _hand(application_id, visitor, place)
    hand.complete(sha256, actor=account, clock=place.clock)


def enqueue(application_id: int, step: str, visitor: Visitor, place: Office) -> Job:
    """Leave a step to a worker."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        return ingress_jobs.enqueue(
            session, application_id, step, actor=account, clock=place.clock
        )


def _hand(application_id: int, visitor: Visitor, place: Office) -> tuple[Ingress, str]:
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        own_data(session, application_id, account)
    return Ingress(place.settings, place.database, application_id), account
