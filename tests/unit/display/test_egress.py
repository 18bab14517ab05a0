"""What is shown is counted by day, and much of it is an alarm."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from enclave.display import egress
from enclave.display.egress import Shown
from enclave.display.policy import parse_policy, policy
from enclave.errors import InputError
from enclave.store.audit_tables import AuditEntry
from tests.builders.projects import TODAY, at


RULES = parse_policy(
    "version: 1\nalarm_bytes_a_day: 1000\nalarm_project_bytes_a_day: 1500"
)


@pytest.fixture
def session(database):
    with database.begin() as session:
        yield session


def _show(session, person, size, project="immune-index", day=TODAY):
    shown = [Shown(person, project, size, 1)]
    egress.add(session, shown, rules=RULES, clock=at(day))


def _alarms(session):
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "alarm.display")
    ).all()
    return [(entry.subject, entry.details) for entry in entries]


def test_what_is_shown_adds_up_by_person_project_and_day(session):
    _show(session, "rikke", 300)
    _show(session, "rikke", 200)
    _show(session, "anne", 100)
    _show(session, "rikke", 50, project="other-study")
    _show(session, "rikke", 7, day=TODAY - timedelta(days=1))

    found = egress.report(session, rules=RULES, clock=at())

    assert [
        (d.on == TODAY, d.project, d.person, d.bytes, d.answers) for d in found
    ] == [
        (True, "immune-index", "rikke", 500, 2),
        (True, "immune-index", "anne", 100, 1),
        (True, "other-study", "rikke", 50, 1),
        (False, "immune-index", "rikke", 7, 1),
    ]
    assert not any(day.alarm for day in found)


def test_the_report_ends_where_it_is_told(session):
    _show(session, "rikke", 7, day=TODAY - timedelta(days=1))
    assert egress.report(session, days=1, clock=at()) == []


def test_one_alarm_when_the_limit_of_a_person_is_passed(session):
    for _ in range(5):
        _show(session, "rikke", 400)
    ((subject, details),) = [a for a in _alarms(session) if "rikke" in a[1]]
    assert subject == "project:immune-index"
    assert '"limit":1000' in details.replace(" ", "")
    assert '"bytes":1200' in details.replace(" ", "")
    assert egress.report(session, rules=RULES, clock=at())[0].alarm


def test_exactly_the_limit_is_no_alarm(session):
    _show(session, "rikke", 1000)
    assert _alarms(session) == []


def test_members_who_share_the_work_pass_the_limit_of_the_project(session):
    for person in ("rikke", "anne"):
        _show(session, person, 900)
    ((_, details),) = _alarms(session)
    assert '"limit":1500' in details.replace(" ", "")


def test_a_new_day_begins_at_nothing(session):
    _show(session, "rikke", 900, day=TODAY - timedelta(days=1))
    _show(session, "rikke", 900)
    assert _alarms(session) == []


def test_the_rules_in_force_can_be_read():
    assert policy().alarm_bytes_a_day <= policy().alarm_project_bytes_a_day


@pytest.mark.parametrize("text", ["", "version: 2", "version: 1\nalarm_bytes_a_day: 0"])
def test_a_broken_policy_is_refused(text):
    with pytest.raises(InputError):
        parse_policy(text)
