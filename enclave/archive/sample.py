"""The nightly sample: some archived analyses, executed again before anybody asks.

So that a fault of the archive, of a kernel or of the machine is found by us and not by
a journal. It goes round: those whose last sample lies longest back come first.
"""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import MAY_SAMPLE, Occasion, Wish
from enclave.clock import Clock, now
from enclave.errors import PolicyRefusal
from enclave.jobs.states import Priority
from enclave.projects import people
from enclave.projects.lifecycle import ProjectState
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis, Rerun
from enclave.store.project_tables import Project


def ask_for_sample(
    session: Session, settings: Settings, *, size: int, actor: str, clock: Clock = now
) -> list[Rerun]:
    """Leave a sample to the workers, behind everything that somebody waits for.

    Asked again on the same day, it is the same sample.

    Parameters
    ----------
    size
        How many analyses. Those of closed projects are left out: their keys are gone,
        and that they cannot run is known.

    Raises
    ------
    PolicyRefusal
        If the account is neither a data manager nor of CORE.
    """
    if not MAY_SAMPLE & people.get(session, actor).roles:
        raise PolicyRefusal(
            f"{actor} is neither a data manager nor of CORE, who see to it that the"
            " archive works. Ask one of them."
        )
    today = f"sample:{clock().date().isoformat()}:"
    chosen = session.scalars(_of_today(today)).all()
    chosen = chosen or session.scalars(_longest_unseen().limit(size)).all()
    return [
        enqueue_rerun(
            session,
            settings,
            analysis,
            Wish(actor, today + analysis, occasion=Occasion.SAMPLE),
            priority=Priority.BACKGROUND,
            clock=clock,
        )
        for analysis in chosen
    ]


def _of_today(today: str) -> Select[str]:
    return (
        select(Rerun.analysis_id)
        .where(Rerun.key.startswith(today, autoescape=True))
        .order_by(Rerun.analysis_id)
    )


def _longest_unseen() -> Select[str]:
    seen = func.max(Rerun.requested)
    return (
        select(ArchivedAnalysis.id)
        .join(Project, Project.number == ArchivedAnalysis.project_number)
        .outerjoin(
            Rerun,
            (Rerun.analysis_id == ArchivedAnalysis.id)
            & (Rerun.occasion == Occasion.SAMPLE),
        )
        .where(Project.state != ProjectState.CLOSED)
        .group_by(ArchivedAnalysis.id)
        .order_by(seen.is_not(None), seen, ArchivedAnalysis.id)
    )
