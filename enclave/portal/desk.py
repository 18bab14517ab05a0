"""The desk that pages, API and command line hand a wish about an application over to.

Some actions take more than the application itself: to submit a request, its variables
are checked against a snapshot; to extract a data request, its grant is issued in the
same transaction, and its first delivery is left to a worker; to approve a re-run
request, its re-run is; to answer a feasibility request takes
:mod:`enclave.feasibility.request_answer`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from enclave.archive import rerun_application
from enclave.clock import Clock, now
from enclave.delivery import deliver
from enclave.delivery import grant as grants
from enclave.feasibility.answering_snapshot import answering_snapshot
from enclave.projects import applications
from enclave.projects.case import Given
from enclave.projects.machine import Kind
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Wish:
    """What a person wants to do to an application.

    Attributes
    ----------
    version
        The version the person looked at; null where they looked at none.
    figure
        The number that some actions ask for.
    """

    application_id: int
    action: str
    actor: str
    reason: str = ""
    version: int | None = None
    figure: int | None = None


def carry_out(
    settings: Settings, database: Database, wish: Wish, clock: Clock = now
) -> Application:
    """Do it, or refuse: see :func:`enclave.projects.applications.act`.

    Raises
    ------
    NotFoundError
        If there is no such application, or no snapshot to check it against.
    """
    with database.begin() as session:
        seen = applications.get_to(
            session, wish.application_id, wish.action, wish.actor, clock
        )
        if wish.version is not None:
            applications.expect_version(session, seen.id, wish.version)
        if wish.action == "submit" and seen.kind in _CHECKED:
            catalogue = _CHECKED[Kind(seen.kind)](settings).catalogue
            return applications.submit(session, seen.id, wish.actor, catalogue, clock)
        if seen.kind != Kind.DATA_REQUEST or wish.action != "extract":
            given = Given(wish.reason, wish.figure)
            done = applications.act(
                session, seen.id, wish.action, wish.actor, given, clock
            )
            if seen.kind == Kind.RERUN_REQUEST:
                # One transaction: nothing is agreed to that is not queued.
                rerun_application.carry_on(
                    session,
                    settings,
                    done,
                    wish.action,
                    actor=wish.actor,
                    clock=clock,
                )
            return done
        # One transaction: no grant without the job that delivers it.
        grant = grants.issue(session, settings, seen.id, wish.actor, clock)
        deliver.enqueue(session, settings, grant.id, actor=wish.actor, clock=clock)
        return seen


def _latest(settings: Settings) -> Snapshot:
    return Warehouse(settings).snapshot()


# Delivered is from the latest snapshot, counted on the one that answers questions.
_CHECKED: dict[Kind, Callable[[Settings], Snapshot]] = {
    Kind.DATA_REQUEST: _latest,
    Kind.AMENDMENT: _latest,
    Kind.FEASIBILITY_REQUEST: answering_snapshot,
}
