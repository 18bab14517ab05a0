"""What must be settled before the data of a project may be destroyed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.jobs import ARCHIVE
from enclave.delivery import reidentification
from enclave.jobs.states import JobState
from enclave.projects import lapsing, machine
from enclave.projects.machine import EDITABLE, Kind, State
from enclave.returns.datasets.desk import State as DatasetState
from enclave.store.archive_tables import ArchivedAnalysis, Rerun
from enclave.store.delivery_tables import Reidentification
from enclave.store.job_tables import Job
from enclave.store.project_tables import Application, Project
from enclave.store.return_tables import ReturnedDataset


CLEAN = frozenset(
    {Verdict.IDENTICAL, Verdict.NUMERICALLY_EQUAL, Verdict.EXPLAINED_DRIFT}
)


@dataclass(frozen=True)
class Item:
    """One point of the list.

    Attributes
    ----------
    name
        What it is called when it is accepted: ``analysis:PAC2026Lund_survival``.
    key
        Of the sentence that says what is so (``words.yaml``).
    about
        What the sentence is about.
    acceptable
        True where somebody may accept with a reason that it stays open.
    """

    name: str
    key: str
    about: str
    done: bool
    acceptable: bool = False


def checklist(session: Session, project: Project, at: datetime) -> list[Item]:
    """Return every point, those that are settled too."""
    return [
        _checked(session, project),
        *_applications(session, project),
        *_analyses(session, project),
        *_requests(session, project, at),
    ]


def close_out_of(session: Session, project: Project) -> Application | None:
    """Return the project's close-out that is furthest on, if one was handed in."""
    found = session.scalars(
        select(Application)
        .where(
            Application.project_number == project.number,
            Application.kind == Kind.CLOSE_OUT,
            Application.state.not_in([State.DRAFT, State.WITHDRAWN]),
        )
        .order_by(Application.id.desc())
    ).all()
    settled = [one for one in found if one.state in (State.ARCHIVED, State.CLOSED)]
    return next(iter([*settled, *found]), None)


def _checked(session: Session, project: Project) -> Item:
    form = close_out_of(session, project)
    if form is None:
        return Item("close_out", "no_close_out", project.slug, done=False)
    done = form.state in (State.ARCHIVED, State.CLOSED)
    key = "close_out_checked" if done else "close_out_open"
    return Item("close_out", key, str(form.id), done)


def _applications(session: Session, project: Project) -> Iterator[Item]:
    """Name what others still have to do; a draft and what was returned is nobody's."""
    rows = session.scalars(
        select(Application)
        .where(
            Application.project_number == project.number,
            # They end with the project; the close-out has a point of its own.
            Application.kind.not_in([Kind.DATA_REQUEST, Kind.CLOSE_OUT]),
            Application.state.not_in(EDITABLE),
        )
        .order_by(Application.id)
    ).all()
    open_ones = [one for one in rows if machine.leaving(one.kind, one.state)]
    for one in open_ones:
        about = f"{machine.spoken(one.kind)} {one.id} ({machine.spoken(one.state)})"
        yield Item(f"application:{one.id}", "application_open", about, done=False)
    if not open_ones:
        yield Item("applications", "applications_settled", "", done=True)
    for number in lapsing.of(session, project):
        one = session.get_one(Application, number)
        about = f"{machine.spoken(one.kind)} {one.id} ({machine.spoken(one.state)})"
        yield Item(f"application:{number}", "request_ends", about, done=True)


def _analyses(session: Session, project: Project) -> Iterator[Item]:
    for analysis in analyses_of(session, project):
        last = last_rerun(session, analysis.id)
        name = f"analysis:{analysis.id}"
        if last is None:
            yield Item(name, "never_rerun", analysis.id, done=False, acceptable=True)
        elif last.verdict in CLEAN:
            yield Item(name, "rerun_clean", analysis.id, done=True)
        else:
            yield Item(name, "rerun_unclean", analysis.id, done=False, acceptable=True)


def _requests(session: Session, project: Project, at: datetime) -> Iterator[Item]:
    """Name what somebody waits for that takes the data or the key."""
    names = [one.id for one in analyses_of(session, project)]
    runs = select(Rerun).where(
        Rerun.analysis_id.in_(names),
        Rerun.completed.is_(None),
        Rerun.cancelled.is_(None),
    )
    for run in session.scalars(runs):
        about = f"{run.analysis_id}/{run.number}"
        yield Item(f"rerun:{about}", "rerun_waits", about, done=False)
    waiting = select(Job).where(
        Job.kind == ARCHIVE, Job.state.in_([JobState.QUEUED, JobState.RUNNING])
    )
    for job in session.scalars(waiting):
        if job.payload.get("project") == project.slug:
            yield Item(f"job:{job.id}", "archive_waits", str(job.id), done=False)
    waiting_sets = select(ReturnedDataset.id).where(
        ReturnedDataset.project_number == project.number,
        ReturnedDataset.state.in_([DatasetState.SUBMITTED, DatasetState.ACCEPTED]),
    )
    for number in session.scalars(waiting_sets):
        yield Item(f"dataset:{number}", "dataset_waits", str(number), done=False)
    asked = select(Reidentification).where(
        Reidentification.project_number == project.number,
        Reidentification.answered.is_(None),
        Reidentification.asked > at - reidentification.HOLDS,
    )
    for one in session.scalars(asked):
        name = f"reidentification:{one.id}"
        yield Item(
            name, "reidentification_waits", str(one.id), done=False, acceptable=True
        )


def analyses_of(session: Session, project: Project) -> list[ArchivedAnalysis]:
    """Return the archived analyses of a project, in the order of their names."""
    return list(
        session.scalars(
            select(ArchivedAnalysis)
            .where(ArchivedAnalysis.project_number == project.number)
            .order_by(ArchivedAnalysis.id)
        )
    )


def last_rerun(session: Session, analysis_id: str) -> Rerun | None:
    """Return the latest re-run as it was archived: its own data, its own kernel."""
    return session.scalars(
        select(Rerun)
        .where(
            Rerun.analysis_id == analysis_id,
            Rerun.completed.is_not(None),
            Rerun.data == "frozen",
            Rerun.kernel.is_(None),
        )
        .order_by(Rerun.number.desc())
        .limit(1)
    ).one_or_none()
