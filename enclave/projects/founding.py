"""An approved proposal becomes a project with a slug, a leader and members."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock
from enclave.projects import people, register
from enclave.projects.forms import GroupMember, ProposalForm
from enclave.projects.lifecycle import ProjectState
from enclave.store.project_tables import (
    Account,
    Application,
    Membership,
    Project,
    ProjectDepartment,
)


# A slug becomes the name of a JupyterHub server, part of a host name and a folder.
SLUG_LENGTH = 30


def found(
    session: Session,
    application: Application,
    form: ProposalForm,
    actor: str,
    clock: Clock,
) -> Project:
    """Make the project of an approved proposal, once.

    Everybody in the group becomes a member; those without an account were refused when
    the form was checked.
    """
    group = [(person, _account(session, person)) for person in form.group]
    leader = next(account for person, account in group if person.role == "leader")
    project = _with_free_slug(session, application, form, leader, clock)
    for person, account in group:
        session.add(
            Membership(
                project_number=project.number,
                account=account.name,
                role=person.role,
                since=clock().date(),
            )
        )
    for name in sorted({one.department for one in form.other_departments}):
        session.add(ProjectDepartment(project_number=project.number, name=name))
    session.flush()
    application.project_number = project.number
    details = {
        "proposal": application.id,
        "leader": leader.name,
        "members": sorted(account.name for _, account in group),
        "end_date": form.end_date,
    }
    event = log.Event(actor, "project.create", f"project:{project.slug}", details)
    log.record(session, event, clock=clock)
    register.add(session, project, form.approvals, actor=actor, clock=clock)
    return project


def slug_of(text: str) -> str:
    """Return a slug for a title: 1 to 30 of a-z, 0-9 and single hyphens.

    It begins with a letter. Danish letters become their usual two: ae, oe, aa.
    """
    spelled = text.lower().translate({0xE6: "ae", 0xF8: "oe", 0xE5: "aa"})
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    words: list[str] = re.findall(r"[a-z0-9]+", plain)
    if not words or not words[0][0].isalpha():
        words.insert(0, "project")
    slug = words[0][:SLUG_LENGTH]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > SLUG_LENGTH:
            break
        slug += f"-{word}"
    return slug


def _slugs(text: str) -> Iterator[str]:
    first = slug_of(text)
    yield first
    for number in count(2):
        ending = f"-{number}"
        yield first[: SLUG_LENGTH - len(ending)].rstrip("-") + ending


def _with_free_slug(
    session: Session,
    application: Application,
    form: ProposalForm,
    leader: Account,
    clock: Clock,
) -> Project:
    # The approval's audit event was written before, and holds the log's lock to the end
    # of the transaction: nobody else takes the slug between the look and the leap.
    slug = next(
        slug
        for slug in _slugs(form.short_name or form.title)
        if session.scalar(select(Project.number).where(Project.slug == slug)) is None
    )
    project = Project(
        slug=slug,
        title=form.title,
        leader=leader.name,
        state=ProjectState.ACTIVE.value,
        state_reason="",
        created=clock(),
        end_date=form.end_date,
        proposal_id=application.id,
    )
    session.add(project)
    session.flush()
    return project


def _account(session: Session, person: GroupMember) -> Account:
    account = people.by_email(session, person.email)
    if account is None:
        raise AssertionError(f"{person.email} has no account, though this was checked")
    return account
