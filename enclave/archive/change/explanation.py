"""Why did my number change? Asked of an archived analysis, answered in safe counts.

Between the snapshot that an analysis was archived on and the one that answers questions
now: who came and who left, by reason, protected; whether the question, its code lists
or the released kernel are others; and which harmonisation rules came into force.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.archive import shelf
from enclave.archive.change.decomposition import Comparison, cells, decompose
from enclave.audit import log
from enclave.clock import Clock, now
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.grant import Grant
from enclave.delivery.reasons import Reason
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.answering_snapshot import answering_snapshot
from enclave.feasibility.service import FeasibilityService
from enclave.projects import memberships, people
from enclave.projects.machine import State
from enclave.projects.people import Role
from enclave.sandbox import released_kernels
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, Project
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Part:
    """One reason, and how many persons came or left for it.

    Attributes
    ----------
    value
        Null where the count is hidden.
    """

    reason: Reason
    shown: str
    value: int | None


@dataclass(frozen=True)
class Explanation:
    """All that changed between then and now.

    Attributes
    ----------
    compared_with
        The grant whose question is asked now.
    same_request
        Whether that grant is of the data request that the analysis' data came by.
    kernel_now
        The newest released kernel of the same language.
    exact
        True for counts as they are, for data managers' eyes.
    """

    analysis: str
    then: int
    now: int
    parts: tuple[Part, ...]
    question_changed: bool
    changed_code_lists: tuple[str, ...]
    compared_with: str
    same_request: bool
    kernel_then: str
    kernel_now: str
    exact: bool

    @property
    def document(self) -> dict[str, Any]:
        """The explanation as JSON."""
        return {
            "analysis": self.analysis,
            "snapshots": [self.then, self.now],
            "parts": [
                {
                    "reason": one.reason.value,
                    "direction": "in" if one.reason.sign > 0 else "out",
                    "persons": one.value,
                    "shown": one.shown,
                }
                for one in self.parts
            ],
            "question_changed": self.question_changed,
            "changed_code_lists": list(self.changed_code_lists),
            "compared_with": self.compared_with,
            "same_request": self.same_request,
            "kernels": [self.kernel_then, self.kernel_now],
            "exact": self.exact,
        }


def explain(
    settings: Settings,
    database: Database,
    analysis_id: str,
    *,
    actor: str,
    exact: bool = False,
    clock: Clock = now,
) -> Explanation:
    """Explain what changed since an analysis was archived.

    Costs one question of the actor's budget the first time, unless it is exact.

    Raises
    ------
    PolicyRefusal
        If the actor is no member, or no data manager where it is exact; or as the count
        gate, for instance if the question is too fine.
    InputError
        If no later snapshot answers questions.
    """
    with database.begin() as session:
        analysis = shelf.get(session, analysis_id)
        _check(session, analysis, actor, clock, exact=exact)
        used, base = _grants(session, settings, analysis)
    then = Warehouse(settings).snapshot(analysis.snapshot)
    present = answering_snapshot(settings)
    if present.number <= then.number:
        raise InputError(
            f"{analysis_id} was archived on snapshot {then.number}, and no later one"
            " answers questions yet: its numbers have not changed."
        )
    asked = Comparison(used.question, then, present, base.question)
    count = _exact if exact else _protected
    parts = count(settings, database, asked, actor, clock)
    return Explanation(
        analysis=analysis_id,
        then=then.number,
        now=present.number,
        parts=parts,
        question_changed=asked.question_changed,
        changed_code_lists=asked.changed_code_lists,
        compared_with=base.id,
        same_request=base.request == used.request,
        kernel_then=analysis.kernel,
        kernel_now=_newest_like(analysis.kernel),
        exact=exact,
    )


def _protected(
    settings: Settings, database: Database, asked: Comparison, actor: str, clock: Clock
) -> tuple[Part, ...]:
    found = FeasibilityService(settings, database).sorted_cells(
        actor,
        asked.question,
        asked.now.number,
        asked.layout,
        lambda _: cells(settings, asked),
        clock=clock,
    )
    return tuple(Part(Reason(one.name), one.shown, one.value) for one in found.cells)


def _exact(
    settings: Settings, database: Database, asked: Comparison, actor: str, clock: Clock
) -> tuple[Part, ...]:
    details = {
        "question": asked.question.digest,
        "snapshots": [asked.then.number, asked.now.number],
    }
    # Before it is counted: who looked stands there, whatever happens afterwards.
    with database.begin() as session:
        subject = f"snapshot:{asked.now.number}"
        event = log.Event(actor, "change.exact", subject, details)
        log.record(session, event, clock=clock)
    found = decompose(settings, asked)
    return tuple(
        Part(reason, f"{len(found[reason]):,}", len(found[reason])) for reason in Reason
    )


def _grants(
    session: Session, settings: Settings, analysis: ArchivedAnalysis
) -> tuple[Grant, Grant]:
    """Return the grant of the analysis' data, and that whose question is asked now.

    That is the newest under which data were delivered for the same data request; where
    that request is over, the newest of the project.
    """
    project = session.get_one(Project, analysis.project_number)
    delivered = records.of_project(session, project.slug)
    version = analysis.delivery_version
    then = next(one.grant_id for one in delivered if one.version == version)
    used = grants.load(session, settings, then)
    now = next(iter(delivered)).grant_id
    if session.get_one(Application, used.request).state == State.ACTIVE:
        of_request = select(IssuedGrant.id).where(
            IssuedGrant.application_id == used.request
        )
        same = set(session.scalars(of_request))
        now = next(one.grant_id for one in delivered if one.grant_id in same)
    return used, grants.load(session, settings, now)


def _check(
    session: Session,
    analysis: ArchivedAnalysis,
    actor: str,
    clock: Clock,
    *,
    exact: bool,
) -> None:
    roles = people.get(session, actor).roles
    if Role.DATA_MANAGER in roles:
        return
    if exact:
        raise PolicyRefusal(
            f"{actor} is no data manager, and exact counts are for data managers alone."
        )
    project = session.get_one(Project, analysis.project_number)
    if memberships.role_in(session, project, actor, clock().date()) is None:
        raise PolicyRefusal(f"{actor} is no member of project {project.slug}.")


def _newest_like(kernel: str) -> str:
    language = kernel.partition("-")[0]
    names = [one.name for one in released_kernels.releases()]
    return max(one for one in [*names, kernel] if one.partition("-")[0] == language)
