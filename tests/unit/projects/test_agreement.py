"""The user agreement: who accepted which text, and what a new one asks for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from enclave.projects.admission import may_open_workspace
from enclave.projects.agreement import accepting
from enclave.projects.agreement.accepting import accept, current, every_version
from enclave.projects.machine import StateConflict
from enclave.store.audit_tables import AuditEntry
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.builders.projects import TODAY, at, cast, later, project


TEXT = current(TODAY)


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    cast(database)
    project(database)
    with database.begin() as session:
        session.get_one(Account, "rikke").agreement_until = None


def allowed(session, clock=None) -> bool:
    return may_open_workspace(session, "rikke", "demo", clock or at()).allowed


def test_who_accepts_may_work_for_a_year(database: Database):
    with database.begin() as session:
        session.get_one(Account, "rikke").training_until = date(2030, 1, 1)
        assert not allowed(session)
        made = accept(session, "rikke", TEXT.version, "da", at())
        assert made.until == TODAY + timedelta(days=365)
        assert allowed(session)
        assert allowed(session, later(days=365))
        decision = may_open_workspace(session, "rikke", "demo", later(days=366))
        assert "ended on" in decision.reason
        last = session.scalars(
            select(AuditEntry).order_by(AuditEntry.number.desc())
        ).first()
        assert (last.action, last.actor) == ("agreement.accept", "rikke")
        assert TEXT.digest in str(last.details)


def test_a_text_that_is_not_the_one_in_force_is_not_accepted(database: Database):
    with database.begin() as session:
        with pytest.raises(StateConflict, match="read it, then accept"):
            accept(session, "rikke", "2019-01", "da", at())
        assert not allowed(session)
        assert accepting.accepted_by(session, "rikke") == []


def test_a_new_text_is_accepted_anew_from_its_first_day_on(database: Database):
    new = replace(TEXT, version="2027-01", since=TODAY + timedelta(days=30))
    known = (TEXT, new)
    with database.begin() as session:
        accept(session, "rikke", TEXT.version, "da", at())
        rikke = session.get_one(Account, "rikke")
        before = TODAY + timedelta(days=29)
        assert accepting.why_not(session, rikke, before, known) == ""
        said = accepting.why_not(session, rikke, new.since, known)
    assert f"has a new text since {new.since}" in said


def test_every_version_is_whole_in_both_languages():
    for text in every_version():
        assert {*text.text} == {"en", "da"}
        assert len(text.text["en"]) == len(text.text["da"]) >= 5
    assert len({text.version for text in every_version()}) == len(every_version())


def test_a_version_is_never_changed():
    # The hash of what people accepted: change the text in a new file.
    assert {text.version: text.digest[:12] for text in every_version()} == {
        "2026-11": "9d199109648b"
    }
