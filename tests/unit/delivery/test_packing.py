"""What is packed opens with the phrase and nothing else, and only where granted."""

import subprocess
from datetime import date

import pytest
import pyzipper
from click.testing import CliRunner

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.delivery.manifest import verify_folder
from enclave.delivery.packing import pack
from enclave.errors import InputError, PolicyRefusal
from enclave.store.project_tables import Membership
from tests.builders import installation, projects
from tests.builders.installation import issued
from tests.builders.projects import at


PLACE = "The region's statistics server"
ELSEWHERE = {
    "storage": "elsewhere",
    "storage_place": PLACE,
    "storage_approval": "P-2026-17 of 5 January 2026",
}


@pytest.fixture
def delivered(settings, clinic):
    grant = issued(settings, clinic, formats=("parquet", "csv", "sas"), **ELSEWHERE)
    return deliver(settings, clinic, grant.id, clock=at())


def packed(settings, database, tmp_path, **more):
    options = {"actor": "mads", "clock": at(), **more}
    return pack(settings, database, "demo", tmp_path / "demo.zip", **options)


def test_two_independent_readers_get_the_same_files(
    settings, clinic, delivered, tmp_path
):
    made = packed(settings, clinic, tmp_path)

    seven = tmp_path / "by-7-zip"
    subprocess.run(
        ["7zz", "x", f"-p{made.pass_phrase}", f"-o{seven}", str(made.path)],
        check=True,
        capture_output=True,
    )
    python = tmp_path / "by-python"
    with pyzipper.AESZipFile(made.path) as archive:
        archive.setpassword(made.pass_phrase.encode())
        archive.extractall(python)
        strengths = {info.wz_aes_strength for info in archive.infolist()}
    assert strengths == {3}  # 256 bits
    assert delivered.folder.joinpath("lab.xpt").exists()
    for folder in (seven, python):
        assert verify_folder(folder) == delivered.manifest


def test_without_the_phrase_nothing_is_readable(settings, clinic, delivered, tmp_path):
    made = packed(settings, clinic, tmp_path)

    content = made.path.read_bytes()
    plain = (delivered.folder / "lab.csv").read_bytes()
    assert plain[:26] not in content
    assert b"pseudonym" not in content
    wrong = subprocess.run(
        ["7zz", "t", "-pWRONG", str(made.path)], capture_output=True, check=False
    )
    assert wrong.returncode != 0
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_it_is_on_record_and_the_phrase_is_not(settings, clinic, delivered, tmp_path):
    del delivered
    made = packed(settings, clinic, tmp_path)
    again = pack(
        settings, clinic, "demo", tmp_path / "again.zip", actor="mads", clock=at()
    )

    with clinic.begin() as session:
        events = [
            entry
            for entry in log.latest(session, 50, subject="project:demo")
            if entry["action"] == "delivery.pack"
        ]
    assert [entry["details"]["storage_place"] for entry in events] == [PLACE, PLACE]
    assert made.pass_phrase != again.pass_phrase
    assert made.pass_phrase not in str(events)


def test_what_the_grant_keeps_inside_stays_inside(settings, clinic, tmp_path):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())

    with pytest.raises(PolicyRefusal, match="lets no data leave"):
        packed(settings, clinic, tmp_path)
    assert list(tmp_path.glob("demo*")) == []


def test_neither_a_researcher_nor_a_member_packs(settings, clinic, tmp_path):
    grant = issued(settings, clinic, **ELSEWHERE)
    deliver(settings, clinic, grant.id, clock=at())

    with pytest.raises(PolicyRefusal, match="rikke is no data manager"):
        packed(settings, clinic, tmp_path, actor="rikke")
    with clinic.begin() as session:
        projects.person(session, "rikke", "data_manager")
    with pytest.raises(PolicyRefusal, match="took part in demo"):
        packed(settings, clinic, tmp_path, actor="rikke")
    with clinic.begin() as session:
        session.get_one(Membership, (1, "rikke")).until = date(2026, 1, 1)
    with pytest.raises(PolicyRefusal, match="took part in demo"):
        packed(settings, clinic, tmp_path, actor="rikke")


def test_no_file_is_written_over(settings, clinic, delivered, tmp_path):
    del delivered
    (tmp_path / "demo.zip").write_text("mine")

    with pytest.raises(InputError, match="is there already"):
        packed(settings, clinic, tmp_path)
    assert (tmp_path / "demo.zip").read_text() == "mine"


def test_the_command(settings, database, tmp_path):
    installation.set_up_for_long(settings, database)
    deliver(settings, database, issued(settings, database, **ELSEWHERE).id)
    out = tmp_path / "d.zip"

    command = ["delivery", "pack", "demo", "--out", str(out), "--as", "mads"]
    said = CliRunner().invoke(enclave, command, obj=settings)

    assert said.exit_code == 0, said.output
    assert "Pass phrase: " in said.output
    assert out.exists()
