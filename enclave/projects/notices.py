"""Tell people what happened and what waits for them: a notice, and an e-mail.

Both are written in the transaction of what they tell, so that neither is lost when a
process dies, and each has an occasion of its own, so that nothing is told twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import get_args

import yaml
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.cohort.wording import Language
from enclave.projects import kinds, machine, ownership, register
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import State, Transition
from enclave.projects.paging import Cut, cut
from enclave.projects.people import Role
from enclave.store.notice_tables import Notice, OutgoingMail
from enclave.store.project_tables import (
    Account,
    Application,
    ApplicationPerson,
    ApprovalRecord,
    Membership,
    Project,
)


@dataclass(frozen=True)
class _Told:
    """What is told, on which occasion, and which day it names."""

    key: str
    occasion: str
    day: str = ""


# Before an approval expires, its project is told so many days ahead.
AHEAD = (60, 14, 3)

PAGE_SIZE = 50

# These tell of a step, and keep the state that it led to.
OF_STEPS = frozenset({"moved", "waiting"})


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return every text by its key."""
    read: dict[str, dict[str, str]] = yaml.safe_load(
        (files(__package__) / "notices.yaml").read_text("utf-8")
    )
    return read


def of_step(
    session: Session,
    application: Application,
    way: Transition,
    actor: str,
    clock: Clock,
) -> None:
    """Tell the applicant's side of a decision, and those for whom it waits now."""
    occasion = f"step:{application.id}:{application.version}"
    if not way.by_applicant:
        leaders = [one for one in _leaders(session, application) if one.name != actor]
        _tell(session, application, _Told("moved", occasion), leaders, clock)
    if way.target == State.QA:
        return  # nothing is there to be looked at yet: of_first_version tells
    next_ones = [one for one in who_must_act(session, application) if one.name != actor]
    _tell(session, application, _Told("waiting", occasion), next_ones, clock)


def of_first_version(
    session: Session, request: Application, key: str, grant: str, clock: Clock = now
) -> int:
    """Tell data managers that the first version under a grant is made, or is not.

    Whoever asked for it is among them: it was made, or failed, behind their back.
    """
    people = [
        account
        for account in who_must_act(session, request)
        if Role.DATA_MANAGER in account.roles
    ]
    return _tell(session, request, _Told(key, f"delivery:{grant}"), people, clock)


def of_rule(
    session: Session, request: Application, key: str, rule: int, clock: Clock = now
) -> int:
    """Tell who leads a data request that a rule touches a variable of theirs."""
    what = _Told(key, f"rule:{rule}:{request.id}", str(rule))
    return _tell(session, request, what, _leaders(session, request), clock)


def of_list(
    session: Session, extract: Application, who: Account, due: date, clock: Clock
) -> int:
    """Remind, week by week, who took a list of persons that it is to be destroyed."""
    week = (clock().date() - due).days // 7
    what = _Told("list_kept", f"list:{extract.id}:{week}", due.isoformat())
    return _tell(session, extract, what, [who], clock)


def remind(session: Session, clock: Clock = now) -> int:
    """Remind of what is late, week by week, and of what expires; return how often."""
    today = clock().date()
    told = 0
    for kind in machine.Kind:
        for state, days in kinds.of(kind).days.items():
            late = select(Application).where(
                Application.kind == kind,
                Application.state == state,
                Application.changed < clock() - timedelta(days=days + 1),
            )
            for application in session.scalars(late):
                told += _remind_of(session, application, days, today, clock)
    return told + _expiring(session, today, clock)


def who_must_act(session: Session, application: Application) -> list[Account]:
    """Return the people for whom an application waits: none of them takes part."""
    ways = machine.leaving(application.kind, application.state)
    decide = {
        role for one in ways if one.waits and not one.by_applicant for role in one.roles
    }
    voting = kinds.of(application.kind).voting
    if voting and voting.state == application.state:
        decide = {voting.role}
    found = [
        account
        for account in session.scalars(select(Account))
        if decide & account.roles
        and not ownership.barred(session, application, account)
    ]
    if any(one.waits and one.by_applicant for one in ways):
        found += _leaders(session, application)
    return found


def of_account(
    session: Session, account: Account, page: int = 1
) -> tuple[list[Notice], Cut]:
    """Return a page of a person's notices, the newest first, and where it lies."""
    mine = Notice.account == account.name
    total = session.scalar(select(func.count(Notice.id)).where(mine)) or 0
    place = cut(total, page, PAGE_SIZE)
    rows = (
        select(Notice)
        .where(mine)
        .order_by(Notice.id.desc())
        .limit(PAGE_SIZE)
        .offset(place.offset)
    )
    return list(session.scalars(rows)), place


def read_all(session: Session, account: Account, clock: Clock = now) -> None:
    """Mark a person's notices as read."""
    unread = select(Notice).where(Notice.account == account.name, Notice.read.is_(None))
    for notice in session.scalars(unread):
        notice.read = clock()


def words(notice: Notice, language: Language, *, kind: str) -> str:
    """Return what a notice says, in a language."""
    return texts()[notice.key][language].format(
        kind=kinds.called(kind, language),
        number=notice.application_id,
        title=notice.title,
        day=notice.state,
    )


def _remind_of(
    session: Session, application: Application, days: int, today: date, clock: Clock
) -> int:
    due = application.changed.date() + timedelta(days=days)
    week = (today - due).days // 7
    occasion = f"late:{application.id}:{application.version}:{week}"
    people = who_must_act(session, application)
    what = _Told("late", occasion, due.isoformat())
    return _tell(session, application, what, people, clock)


def _expiring(session: Session, today: date, clock: Clock) -> int:
    told = 0
    horizon = today + timedelta(days=max(AHEAD))
    rows = session.execute(
        select(Project, ApprovalRecord)
        .join(ApprovalRecord, ApprovalRecord.project_number == Project.number)
        .where(
            Project.state.in_([ProjectState.ACTIVE, ProjectState.SUSPENDED]),
            ApprovalRecord.expires.is_not(None),
            ApprovalRecord.expires >= today,
            ApprovalRecord.expires <= horizon,
        )
    )
    for project, approval in rows:
        if _is_renewed(session, project, approval):
            continue
        left = (approval.expires - today).days if approval.expires else 0
        step = min(one for one in AHEAD if left <= one)
        occasion = f"expires:{approval.id}:{approval.expires}:{step}"
        proposal = session.get_one(Application, project.proposal_id)
        leaders = _leaders(session, proposal)
        what = _Told("expiring", occasion, str(approval.expires))
        told += _tell(session, proposal, what, leaders, clock)
    return told


def _is_renewed(session: Session, project: Project, approval: ApprovalRecord) -> bool:
    return any(
        one.authority == approval.authority
        and approval.expires is not None
        and (one.expires is None or one.expires > approval.expires)
        for one in register.approvals_of(session, project)
    )


def _leaders(session: Session, application: Application) -> list[Account]:
    named = select(ApplicationPerson.email).where(
        ApplicationPerson.application_id == application.id,
        ApplicationPerson.role == "leader",
    )
    members = select(Membership.account).where(
        Membership.project_number == (application.project_number or 0),
        Membership.role == "leader",
        Membership.until.is_(None),
    )
    return list(
        session.scalars(
            select(Account).where(
                or_(
                    Account.name == application.created_by,
                    Account.email.in_(named),
                    Account.name.in_(members),
                )
            )
        )
    )


def _tell(
    session: Session,
    application: Application,
    what: _Told,
    people: Iterable[Account],
    clock: Clock,
) -> int:
    told = 0
    for account in people:
        own = f"{what.key}:{what.occasion}:{account.name}"
        known = select(Notice.id).where(Notice.occasion == own)
        if session.scalar(known) is not None:
            continue
        notice = Notice(
            account=account.name,
            occasion=own,
            key=what.key,
            application_id=application.id,
            title=application.title,
            state=what.day or State(application.state).value,
            at=clock(),
            read=None,
        )
        session.add(notice)
        session.add(_mail(notice, application, account, clock))
        told += 1
    session.flush()
    return told


def _mail(
    notice: Notice, application: Application, account: Account, clock: Clock
) -> OutgoingMail:
    english, danish = (
        words(notice, one, kind=application.kind) for one in get_args(Language)
    )
    return OutgoingMail(
        occasion=notice.occasion,
        recipient=account.email,
        subject=" ".join(english.split())[:200],
        body=f"{danish}\n\n{english}\n",
        created=clock(),
        attempts=0,
        claimed=None,
        sent=None,
        failure="",
    )
