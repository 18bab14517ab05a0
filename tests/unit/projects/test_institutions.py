"""The register of institutions, and that it decides who may work."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave.cli.main import enclave
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import applications, institutions
from enclave.projects.admission import may_open_workspace
from enclave.projects.institutions import InstitutionState, Wanted, authorise, change
from enclave.store import schema
from enclave.store.certification_tables import Institution
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.builders.projects import (
    TODAY,
    at,
    cast,
    later,
    person,
    project,
    proposal_form,
)


HOSPITAL = "Rigshospitalet"


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    cast(database)
    project(database)


def reason(database: Database, clock=None) -> str:
    with database.begin() as session:
        return may_open_workspace(session, "rikke", "demo", clock or at()).reason


@pytest.mark.parametrize("state", ["suspended", "ended"])
def test_people_of_an_institution_that_is_not_authorised_are_shut_out(
    database: Database, state: str
):
    with database.begin() as session:
        change(session, HOSPITAL, InstitutionState(state), "A breach.", "karen", at())
    assert reason(database).startswith(f"{HOSPITAL} is {state} as an institution: A br")
    with database.begin() as session:
        again = InstitutionState.AUTHORISED
        change(session, HOSPITAL, again, "Looked into.", "mads", at())
    assert reason(database) == ""


def test_an_unknown_institution_is_none_that_is_authorised(database: Database):
    with database.begin() as session:
        session.get_one(Account, "rikke").institution = "Elsewhere"
    assert "Elsewhere is not on the register" in reason(database)


def test_an_authorisation_ends_with_its_last_day(database: Database):
    with database.begin() as session:
        authorise(session, Wanted(HOSPITAL, until=TODAY), "Agreement 7", "karen", at())
    assert reason(database) == ""
    assert "ended on" in reason(database, later(days=1))
    with database.begin() as session, pytest.raises(InputError, match="has passed"):
        past = Wanted(HOSPITAL, until=TODAY - timedelta(days=1))
        authorise(session, past, "", "karen", at())


def test_one_from_abroad_stands_and_falls_with_its_danish_host(database: Database):
    abroad = Wanted("Karolinska", "SE", HOSPITAL)
    with database.begin() as session:
        for host in ("", "Nowhere"):
            with pytest.raises(InputError, match="name it as the host"):
                authorise(session, Wanted("Karolinska", "SE", host), "", "karen", at())
        authorise(session, abroad, "Agreement 8", "karen", at())
        with pytest.raises(InputError, match="name it as the host"):
            authorise(session, Wanted("Oslo", "NO", "Karolinska"), "", "karen", at())
        session.get_one(Account, "rikke").institution = "Karolinska"
    assert reason(database) == ""
    with database.begin() as session:
        change(session, HOSPITAL, InstitutionState.SUSPENDED, "Why.", "karen", at())
    assert f"{HOSPITAL} is suspended" in reason(database)


def test_the_host_that_a_proposal_names_is_on_the_register(database: Database):
    member = {
        "name": "Per",
        "email": "per@ki.example",
        "institution": "Karolinska",
        "country": "SE",
        "role": "member",
    }
    group = proposal_form()["group"]
    for host, good in ((HOSPITAL, True), ("Somewhere", False)):
        form = proposal_form(group=[*group, {**member, "host": host}])
        with database.begin() as session:
            person(session, "per", email="per@ki.example")
            made = applications.create(session, "proposal", form, "rikke", at())
            if good:
                applications.submit(session, made.id, "rikke", None, at())
                continue
            with pytest.raises(InputError, match="not on the register as a Danish"):
                applications.submit(session, made.id, "rikke", None, at())


@pytest.mark.parametrize("actor", ["rikke", "ole", "sanne"])
def test_others_change_nothing(database: Database, actor: str):
    with database.begin() as session:
        with pytest.raises(PolicyRefusal, match="takes the role core or data_manager"):
            authorise(session, Wanted("X-hospital"), "", actor, at())
        with pytest.raises(PolicyRefusal):
            change(session, HOSPITAL, InstitutionState.ENDED, "Why.", actor, at())


def test_a_change_needs_a_reason_and_an_institution(database: Database):
    with database.begin() as session:
        with pytest.raises(InputError, match="Give a reason"):
            change(session, HOSPITAL, InstitutionState.ENDED, " ", "karen", at())
        with pytest.raises(NotFoundError, match="not on the register"):
            change(session, "X", InstitutionState.ENDED, "Why.", "karen", at())
        with pytest.raises(InputError, match="needs no host"):
            authorise(session, Wanted("X-hospital", host=HOSPITAL), "", "karen", at())


def test_the_institutions_of_an_older_installation_are_taken_over(store: Database):
    schema.downgrade(store, "0014")
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO account (name, display_name, email, institution, roles)"
                " VALUES ('eva', 'Eva', 'eva@x.dk', 'Herlev', 'core')"
            )
        )
    schema.upgrade(store)
    with store.begin() as session:
        assert institutions.why_not(session, "Herlev", TODAY) == ""


def test_the_command_line_keeps_the_register(settings):
    def run(*words: str) -> str:
        done = CliRunner().invoke(enclave, ["institution", *words], obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    run("authorise", "Karolinska", "--country", "SE", "--host", HOSPITAL)
    run("change", "Karolinska", "suspended", "--reason", "Ended.", "--as", "karen")
    listed = run("list")
    assert "Karolinska" in listed
    assert "suspended" in listed


def test_a_host_stays_danish(database: Database):
    with database.begin() as session:
        with pytest.raises(InputError, match="name it as the host"):
            authorise(session, Wanted(HOSPITAL, "SE", HOSPITAL), "", "karen", at())
        guest = Wanted("Karolinska", "SE", HOSPITAL)
        authorise(session, guest, "Agreement.", "karen", at())
        other = Wanted("Herlev")
        authorise(session, other, "Agreement.", "karen", at())
        with pytest.raises(InputError, match="Danish host of Karolinska"):
            authorise(session, Wanted(HOSPITAL, "SE", "Herlev"), "", "karen", at())
        # As somebody who writes to the database could have it.
        session.get_one(Institution, HOSPITAL).country = "SE"
        session.get_one(Institution, HOSPITAL).host = "Karolinska"
        session.flush()
        assert "no Danish institution" in institutions.why_not(
            session, "Karolinska", TODAY
        )


def test_no_patient_is_named_in_a_reason(database: Database):
    ended = InstitutionState.ENDED
    with database.begin() as session:
        for why, words in (("See 010190-1234.", "CPR"), ("long " * 200, "500")):
            with pytest.raises(InputError, match=words):
                change(session, HOSPITAL, ended, why, "karen", at())
