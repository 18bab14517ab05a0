"""How much was shown to whom, day by day, and an alarm when it is much.

Downloads are refused, but what is shown has left: it can be photographed and typed off,
and a script in the page can draw it so that a program reads it from the screen. So the
bytes that go towards the browsers are counted, outside the sandbox. Only their number
is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit.log import Event, record
from enclave.clock import Clock, now
from enclave.display.policy import Policy, policy
from enclave.store.display_tables import DisplayEgress


@dataclass(frozen=True)
class Shown:
    """What was shown to a person of a project, in bytes and in answers."""

    person: str
    project: str
    bytes: int
    answers: int


@dataclass(frozen=True)
class Day:
    """One line of the report: a person in a project on a day (UTC)."""

    on: date
    project: str
    person: str
    bytes: int
    answers: int
    alarm: bool


def add(
    session: Session,
    shown: Iterable[Shown],
    *,
    rules: Policy | None = None,
    clock: Clock = now,
) -> None:
    """Add to what was shown today, and tell the audit log where it became much.

    An alarm is raised once a day for each person and each project: when the limit is
    passed, and not with every byte after that.
    """
    rules, today = rules or policy(), clock().date()
    for one in sorted(shown, key=lambda one: (one.project, one.person)):
        before_all = _of_project(session, one.project, today)
        entry = session.get(
            DisplayEgress, (today, one.project, one.person), with_for_update=True
        )
        if entry is None:
            entry = DisplayEgress(
                day=today, project=one.project, person=one.person, bytes=0, answers=0
            )
            session.add(entry)
        before = entry.bytes
        entry.bytes += one.bytes
        entry.answers += one.answers
        session.flush()
        for who, so_far, limit in (
            (one.person, before, rules.alarm_bytes_a_day),
            ("", before_all, rules.alarm_project_bytes_a_day),
        ):
            if so_far <= limit < so_far + one.bytes:
                _alarm(session, one.project, who, so_far + one.bytes, limit, clock)


def report(
    session: Session, *, days: int = 30, rules: Policy | None = None, clock: Clock = now
) -> list[Day]:
    """Return what was shown in the last days, the newest and most first."""
    rules = rules or policy()
    since = clock().date() - timedelta(days=days - 1)
    entries = session.scalars(
        select(DisplayEgress)
        .where(DisplayEgress.day >= since)
        .order_by(
            DisplayEgress.day.desc(),
            DisplayEgress.bytes.desc(),
            DisplayEgress.project,
            DisplayEgress.person,
        )
    )
    return [
        Day(
            on=entry.day,
            project=entry.project,
            person=entry.person,
            bytes=entry.bytes,
            answers=entry.answers,
            alarm=entry.bytes > rules.alarm_bytes_a_day,
        )
        for entry in entries
    ]


def _of_project(session: Session, project: str, day: date) -> int:
    shown = session.scalar(
        select(func.sum(DisplayEgress.bytes)).where(
            DisplayEgress.day == day, DisplayEgress.project == project
        )
    )
    return int(shown or 0)


def _alarm(
    session: Session, project: str, person: str, shown: int, limit: int, clock: Clock
) -> None:
    details = {"person": person, "bytes": shown, "limit": limit}
    event = Event("system", "alarm.display", f"project:{project}", details)
    record(session, event, clock=clock)
