"""A CPR extract that is right: what it holds, how it leaves, and what remains."""

import csv
import io
import json

import pyrage
import pytest
import pyzipper
from click.testing import CliRunner

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.delivery.cpr_extract import desk, handover
from enclave.errors import EnclaveError
from enclave.projects import applications
from enclave.signature import Signer, verify
from enclave.store.delivery_tables import CprExtract
from enclave.warehouse.warehouse import Warehouse
from tests.builders.cpr_hospital import (
    CPR,
    FORTEGNELSE,
    MEN,
    VEK,
    amended,
    approval,
    form,
    released,
)
from tests.builders.projects import at, later


WOMEN = sorted(each for each in CPR if int(each[-1]) % 2 == 0)


def prepared(settings, hospital, **changes):
    number = released(hospital, **changes)
    return desk.prepare(settings, hospital, number, actor="mads", clock=at())


def taken(settings, hospital, made):
    return handover.take(settings, hospital, made.link, actor="rikke", clock=at())


def opened(content, pass_phrase):
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(pass_phrase.encode())
        (info,) = archive.infolist()
        assert info.filename == "data.csv"  # the one thing that is not encrypted
        return archive.read(info).decode()


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_it_holds_the_persons_of_the_permit_and_what_the_purpose_allows(
    settings, hospital
):
    made = prepared(settings, hospital)
    name, content = taken(settings, hospital, made)

    header, *lines = rows(opened(content, made.pass_phrase))

    assert name.endswith(".zip")
    assert header == ["cpr", "hospital", "contact_date"]
    assert lines == [[each, "130141A", "2012-05-06"] for each in WOMEN]
    assert (made.persons, made.rows) == (len(WOMEN), len(WOMEN))


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        (
            {
                "purpose": "biological_material",
                "columns": ["cpr", "sample_date"],
            },
            ["2012-03-04"],
        ),
        (
            {
                "purpose": "linkage",
                "columns": ["cpr", "period"],
                "biobank_approval": "B-2026-1",
            },
            ["2010-01-01/2019-12-31"],
        ),
        (
            {
                "quality_project": True,
                "columns": ["cpr", "period"][:1],
                "approvals": [FORTEGNELSE, approval("hospital_management", "letter")],
            },
            [],
        ),
    ],
)
def test_each_purpose_has_its_columns(settings, hospital, changes, beside):
    made = prepared(settings, hospital, **changes)
    _, content = taken(settings, hospital, made)

    _, *lines = rows(opened(content, made.pass_phrase))

    assert lines == [[each, *beside] for each in WOMEN]


def test_a_key_of_the_recipient_opens_it_and_no_pass_phrase_is_made(settings, hospital):
    identity = pyrage.x25519.Identity.generate()
    key = str(identity.to_public())

    made = prepared(settings, hospital, recipient_key=key)
    name, content = taken(settings, hospital, made)

    assert (made.pass_phrase, name[-4:]) == (None, ".age")
    assert len(rows(pyrage.decrypt(content, [identity]).decode())) == 1 + len(WOMEN)


def test_only_cipher_text_is_ever_on_the_disk(settings, hospital):
    made = prepared(settings, hospital)

    files = [path for path in settings.extracts.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size > 0 for path in files) == 1
    everything = b"".join(path.read_bytes() for path in files)
    assert not any(each.encode() in everything for each in CPR)
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
    database = (settings.home / "enclave.db").read_bytes()
    secret = made.link.partition(".")[2]
    for text in (secret, made.pass_phrase, *CPR):
        assert text.encode() not in database

    taken(settings, hospital, made)
    assert not list(settings.extracts.glob("*.zip"))


def test_a_signed_statement_says_what_is_in_it_and_where_it_comes_from(
    settings, hospital
):
    prepared(settings, hospital)

    with hospital.begin() as session:
        (row,) = session.query(CprExtract).all()
        statement = verify(
            json.loads(row.statement), trusted_key=Signer.load(settings).public_key
        )
    assert statement["sources"] == {
        "cpr": "identity vault",
        "hospital": "contact.department",
        "contact_date": "contact.date",
    }
    assert (statement["persons"], statement["left_out"]) == (len(WOMEN), 0)


def test_what_expires_is_removed_and_may_be_prepared_again(settings, hospital):
    number = released(hospital, approvals=[FORTEGNELSE, VEK])
    desk.prepare(settings, hospital, number, actor="mads", clock=at())
    (first,) = settings.extracts.glob("*.zip")

    desk.prepare(settings, hospital, number, actor="karen", clock=later(days=4))

    (second,) = settings.extracts.glob("*.zip")
    assert first.name != second.name


def test_what_a_killed_process_left_is_swept(settings, hospital):
    settings.extracts.mkdir(parents=True)
    (settings.extracts / "0123abcd.zip").write_bytes(b"on no record")

    desk.sweep(settings, hospital, clock=at())

    assert not list(settings.extracts.glob("*.zip"))


def test_its_destruction_is_asked_for_and_confirmed(settings, hospital):
    made = prepared(settings, hospital)
    taken(settings, hospital, made)
    number = int(made.link.partition(".")[0])

    with hospital.begin() as session:
        assert handover.overdue(session, later(days=89)) == []
        assert [one.id for one in handover.overdue(session, later(days=91))] == [number]
    handover.confirm_destruction(hospital, number, actor="rikke", clock=later(days=95))
    with hospital.begin() as session:
        assert handover.overdue(session, later(days=99)) == []
        told = [entry["action"] for entry in log.entries(session)]
        log.verify(session)
    assert [action for action in told if action.startswith("extract.")] == [
        "extract.prepare",
        "extract.take",
        "extract.confirm_destruction",
    ]


def test_from_the_application_to_the_word_that_it_is_destroyed(settings, hospital):
    """Every step is really taken, by whom the table of transitions names."""
    catalogue = Warehouse(settings).snapshot().catalogue
    fields = {name: value for name, value in form().items() if name != "population"}
    with hospital.begin() as session:
        made = applications.create(session, "cpr_extract", fields, "rikke", at())
        number = made.id
        applications.submit(session, number, "rikke", catalogue, at())
        for action, actor in (
            ("confirm_legal_basis", "karen"),
            ("release_first", "mads"),
            ("release_second", "karen"),
        ):
            if action == "release_second":
                with pytest.raises(EnclaveError):
                    applications.act(session, number, action, "mads", clock=at())
            applications.act(session, number, action, actor, clock=at())

    ready = desk.prepare(settings, hospital, number, actor="karen", clock=at())
    taken(settings, hospital, ready)

    with hospital.begin() as session:
        assert applications.get(session, number, "rikke").state == "downloaded"
    extract = int(ready.link.partition(".")[0])
    handover.confirm_destruction(hospital, extract, actor="rikke", clock=later(days=9))
    with hospital.begin() as session:
        found = applications.get(session, number, "rikke")
        assert found.state == "destruction_confirmed"


def test_the_commands_list_and_show_statements(settings, hospital):
    prepared(settings, hospital)

    said = CliRunner().invoke(enclave, ["cpr-extract", "list"], obj=settings)
    statements = CliRunner().invoke(
        enclave, ["cpr-extract", "list", "--json"], obj=settings
    )

    assert "waiting" in said.output
    assert json.loads(statements.output)[0]["columns"] == [
        "cpr",
        "hospital",
        "contact_date",
    ]


def test_it_follows_the_population_as_amended(settings, hospital):
    amended(hospital, population=MEN)

    with pytest.raises(EnclaveError, match="persons are not those"):
        prepared(settings, hospital)
    made = prepared(settings, hospital, population=MEN)

    _, content = taken(settings, hospital, made)
    found = {row[0] for row in rows(opened(content, made.pass_phrase))[1:]}
    assert {each for each in CPR if int(each[-1]) % 2} <= found
    assert not found & set(WOMEN)
