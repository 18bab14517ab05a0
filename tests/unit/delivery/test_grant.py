"""A grant: compiled from what was agreed, signed, and only once."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from enclave.delivery import grant as grants
from enclave.delivery.grant_text import as_text
from enclave.errors import (
    EnclaveError,
    InputError,
    IntegrityError,
    NotFoundError,
    PolicyRefusal,
)
from enclave.projects import applications
from enclave.projects.machine import StateConflict
from enclave.settings import Settings
from enclave.signature import Signer, verify
from enclave.store.audit_tables import AuditEntry
from enclave.store.delivery_tables import IssuedGrant
from tests.builders import installation
from tests.builders.delivery import a_grant
from tests.builders.installation import VARIABLES, WINDOW, agreed, issued
from tests.builders.projects import CAST, NOW, QUESTION, at, later


def issue(database, settings, request, *, actor="mads", clock=None):
    with database.begin() as session:
        return grants.issue(session, settings, request, actor, clock or at())


def state(database, request):
    with database.begin() as session:
        return applications.get(session, request, "karen").state


def test_a_grant_says_what_was_agreed(settings, clinic):
    request = agreed(settings, clinic, date_policy="month", refresh="daily")

    grant = issue(clinic, settings, request)

    with clinic.begin() as session:
        form_digest = applications.get(session, request, "karen").form_digest
    assert grant == a_grant(
        id=f"G{request}-1",
        request=request,
        request_digest=form_digest,
        project_number=1,
        question=QUESTION,
        variables=VARIABLES,
        window={"start": WINDOW[0], "end": WINDOW[1]},
        date_policy="month",
        refresh="daily",
        end=grant.end,
        issued=NOW,
    )
    assert grant.end == NOW.date() + timedelta(days=730)


def test_issuing_begins_the_quality_assurance_and_is_audited(settings, clinic):
    request = agreed(settings, clinic)

    grant = issue(clinic, settings, request)

    assert state(clinic, request) == "qa"
    with clinic.begin() as session:
        newest = select(AuditEntry).order_by(AuditEntry.number.desc())
        entries = session.scalars(newest).all()[:2]
        assert [entry.action for entry in entries] == [
            "grant.issue",
            "data_request.extract",
        ]
        assert json.loads(entries[0].details)["digest"] == grant.digest


def test_a_loaded_grant_is_the_issued_one_and_its_signature_stands_alone(
    settings, clinic
):
    grant = issued(settings, clinic)

    with clinic.begin() as session:
        assert grants.load(session, settings, grant.id) == grant
        document = json.loads(grants.signed(session, grant.id))
    content = verify(document, trusted_key=Signer.load(settings).public_key)
    assert content == grant.content


def test_if_anything_fails_the_request_stays_where_it_was(
    settings, clinic, monkeypatch
):
    request = agreed(settings, clinic)

    def broken(*_args):
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(grants, "_keep", broken)
    with pytest.raises(RuntimeError):
        issue(clinic, settings, request)

    assert state(clinic, request) == "spec_agreed"
    with clinic.begin() as session:
        assert grants.listing(session) == []


def test_a_grant_is_issued_once(settings, clinic):
    request = agreed(settings, clinic)
    issue(clinic, settings, request)

    with pytest.raises(StateConflict, match="is in quality assurance"):
        issue(clinic, settings, request)


def test_only_what_was_agreed_is_granted(settings, clinic):
    form = installation.demo_forms.data_request("demo", VARIABLES, WINDOW)
    with clinic.begin() as session:
        request = applications.create(session, "data_request", form, "rikke", at()).id

    with pytest.raises(EnclaveError) as refusal:
        issue(clinic, settings, request)
    assert refusal.value.exit_code in (3, 4)
    with pytest.raises(NotFoundError):
        issue(clinic, settings, 999)


def test_a_proposal_has_no_grant(settings, clinic):
    with pytest.raises(InputError, match="no action 'extract' for a proposal"):
        issue(clinic, settings, 1)


@pytest.mark.parametrize("actor", [name for name in CAST.values() if name != "mads"])
def test_only_a_data_manager_issues(settings, clinic, actor):
    request = agreed(settings, clinic)

    with pytest.raises((PolicyRefusal, NotFoundError)):
        issue(clinic, settings, request, actor=actor)
    assert state(clinic, request) == "spec_agreed"


def test_an_expired_approval_allows_no_grant(settings, clinic):
    request = agreed(settings, clinic)

    with pytest.raises(PolicyRefusal, match="expired on"):
        issue(clinic, settings, request, clock=later(days=731))


def test_after_the_last_day_there_is_no_grant(settings, clinic):
    last_day = NOW.date() + timedelta(days=30)
    request = agreed(settings, clinic, end_date=last_day.isoformat())

    with pytest.raises(PolicyRefusal, match=f"last day of access was {last_day}"):
        issue(clinic, settings, request, clock=at(last_day + timedelta(days=1)))
    assert issue(clinic, settings, request, clock=at(last_day)).end == last_day


def test_who_left_the_project_is_not_granted_anything(settings, clinic):
    request = agreed(settings, clinic)
    with clinic.begin() as session:
        session.execute(text("UPDATE membership SET until = '2026-11-21'"))

    with pytest.raises(PolicyRefusal, match="rikke is not a member of demo any more"):
        issue(clinic, settings, request)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("person.address", NotFoundError, "no variable 'person.address'"),
        ("lab.person", PolicyRefusal, "names persons directly"),
        ("lab.weight", NotFoundError, "no variable 'lab.weight'"),
    ],
)
def test_the_catalogue_has_the_last_word(settings, clinic, name, error, words):
    """The form was checked when it was submitted; it is checked again here."""
    request = agreed(settings, clinic)
    with clinic.begin() as session:
        application = applications.get(session, request, "karen")
        application.form = application.form.replace("lab.value", name)

    with pytest.raises(error, match=words):
        issue(clinic, settings, request)
    assert state(clinic, request) == "spec_agreed"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE issued_grant SET document = replace(document, 'lab.value', 'lab.code')",
        "UPDATE issued_grant SET document = replace(document, 'real', 'year')",
        "UPDATE issued_grant SET digest = 'x'",
        "UPDATE issued_grant SET id = 'G2-2'",
    ],
)
def test_a_changed_grant_is_worth_nothing(settings, clinic, change):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        session.execute(text(change))
        (held,) = session.scalars(select(IssuedGrant.id))

    with pytest.raises(IntegrityError), clinic.begin() as session:
        grants.load(session, settings, held)
    assert held == ("G2-2" if "id =" in change else grant.id)


def test_a_grant_signed_by_somebody_else_is_worth_nothing(settings, clinic, tmp_path):
    grant = issued(settings, clinic)
    forged = grant.model_copy(update={"variables": ("lab.value", "lab.code")})
    stranger = Signer.load(Settings.at(tmp_path / "elsewhere"))
    with clinic.begin() as session:
        row = session.get_one(IssuedGrant, grant.id)
        row.document = json.dumps(stranger.sign(forged.content))
        row.digest = forged.digest

    with (
        pytest.raises(IntegrityError, match="not by the trusted key"),
        clinic.begin() as session,
    ):
        grants.load(session, settings, grant.id)


def test_an_unknown_grant_is_not_found(settings, clinic):
    with (
        pytest.raises(NotFoundError, match="no grant 'G9-1'"),
        clinic.begin() as session,
    ):
        grants.load(session, settings, "G9-1")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "Grant G7-1 to project demo, from data request 7",
                "Days: 2010-01-01 to 2019-12-31, both included",
                "Dates: to the month; birth dates to the year",
                "Users: rikke",
                "Delivery: daily, as parquet, up to and including 2027-11-22",
            ],
        ),
        (
            "da",
            [
                "Bevilling G7-1 til projekt demo, efter dataanmodning 7",
                "Datoer: på måneden; fødselsdatoer på året",
                "Udlevering: hver dag, som parquet, til og med 2027-11-22",
            ],
        ),
    ],
)
def test_a_grant_can_be_read(language, lines):
    written = as_text(a_grant(date_policy="month", refresh="daily"), language)

    assert set(lines) <= set(written.splitlines())
    assert "person.sex, lab.date, lab.code, lab.value" in written
