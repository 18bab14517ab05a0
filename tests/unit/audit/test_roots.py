"""Signed roots: what a chain alone cannot show, they do."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from enclave.audit import log, roots
from enclave.audit.log import Event
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from tests.builders.projects import at


def write(database: Database, number: int) -> None:
    with database.begin() as session:
        for i in range(number):
            log.record(session, Event("karen", "note.add", f"note:{i}"), clock=at())


def sign(database: Database, settings: Settings) -> dict:
    with database.begin() as session:
        return roots.sign(session, settings, clock=at())


def verify(database: Database, settings: Settings, *elsewhere: Path):
    with database.begin() as session:
        return roots.verify(session, settings, elsewhere)


def rewrite(database: Database, number: int) -> None:
    """Throw the log away and write a plausible new one of the same length."""
    with database.begin() as session:
        session.execute(text("DELETE FROM audit_entry"))
    with database.begin() as session:
        for i in range(number):
            log.record(session, Event("karen", "note.add", f"other:{i}"), clock=at())


def test_a_root_says_what_the_log_was(database: Database, settings: Settings):
    write(database, 3)

    root = sign(database, settings)
    found = verify(database, settings)
    assert (
        (root["entries"], root["head"])
        == (found.entries, found.head)
        == (3, found.head)
    )
    assert root["at"] == at()().isoformat()
    assert root["signature"]["public_key"] == Signer.load(settings).public_key
    (file,) = roots.kept(settings)
    assert json.loads(file.read_text()) == root


def test_the_log_goes_on_after_a_root(database: Database, settings: Settings):
    for length in (2, 4, 6):
        write(database, 2)
        assert sign(database, settings)["entries"] == length

    assert len(roots.kept(settings)) == 3
    assert verify(database, settings).entries == 6


def test_signing_twice_is_signing_once(database: Database, settings: Settings):
    write(database, 1)

    assert sign(database, settings) == sign(database, settings)
    assert len(roots.kept(settings)) == 1


def test_a_cut_end_is_noticed_only_with_a_root(database: Database, settings: Settings):
    write(database, 5)
    sign(database, settings)
    with database.begin() as session:
        session.execute(text("DELETE FROM audit_entry WHERE number > 3"))
        assert log.verify(session).entries == 3

    with pytest.raises(
        IntegrityError, match=r"ends with entry 3.*there were 5.*cut off"
    ):
        verify(database, settings)


def test_a_log_written_anew_is_noticed_only_with_a_root(
    database: Database, settings: Settings
):
    write(database, 5)
    sign(database, settings)
    rewrite(database, 5)
    with database.begin() as session:
        assert log.verify(session).entries == 5

    with pytest.raises(IntegrityError, match="entry 5 is not the one that was signed"):
        verify(database, settings)


def test_a_root_kept_elsewhere_holds_against_whoever_runs_the_enclave(
    database: Database, settings: Settings, tmp_path: Path
):
    write(database, 5)
    elsewhere = tmp_path / "printed.json"
    elsewhere.write_text(json.dumps(sign(database, settings)))
    for file in roots.kept(settings):
        file.unlink()
    rewrite(database, 7)
    sign(database, settings)

    assert verify(database, settings).entries == 7
    with pytest.raises(IntegrityError, match="entry 5 is not the one that was signed"):
        verify(database, settings, elsewhere)


def test_a_broken_log_is_not_signed(database: Database, settings: Settings):
    write(database, 3)
    with database.begin() as session:
        session.execute(text("UPDATE audit_entry SET actor = 'ole' WHERE number = 2"))

    with pytest.raises(IntegrityError, match="entry 2 was changed"):
        sign(database, settings)
    assert roots.kept(settings) == []


@pytest.mark.parametrize(
    ("field", "value"), [("entries", 1), ("head", "0" * 64), ("kind", "letter")]
)
def test_a_root_that_was_changed_is_no_root(
    database: Database, settings: Settings, field: str, value
):
    write(database, 2)
    sign(database, settings)
    (file,) = roots.kept(settings)
    file.write_text(json.dumps({**json.loads(file.read_text()), field: value}))

    with pytest.raises(IntegrityError):
        verify(database, settings)


def test_a_root_of_another_installation_is_not_trusted(
    database: Database, settings: Settings, tmp_path: Path
):
    write(database, 2)
    sign(database, settings)
    (file,) = roots.kept(settings)
    root = json.loads(file.read_text())
    del root["signature"]
    other = Signer.load(Settings.at(tmp_path / "other"))
    file.write_text(json.dumps(other.sign(root)))

    with pytest.raises(IntegrityError, match="not by the trusted key"):
        verify(database, settings)


@pytest.mark.parametrize("content", [None, "", "not json", "[]", "{}"])
def test_what_is_no_root_is_said_to_be_none(
    database: Database, settings: Settings, tmp_path: Path, content: str | None
):
    file = tmp_path / "root.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises((InputError, IntegrityError), match="signed root"):
        verify(database, settings, file)


def test_two_roots_that_disagree(
    database: Database, settings: Settings, tmp_path: Path
):
    write(database, 2)
    first = tmp_path / "first.json"
    first.write_text(json.dumps(sign(database, settings)))
    rewrite(database, 2)
    for file in roots.kept(settings):
        file.unlink()
    sign(database, settings)

    with pytest.raises(IntegrityError, match="roots disagree about entry 2"):
        verify(database, settings, first)


def test_an_empty_log_can_be_signed_and_then_grow(
    database: Database, settings: Settings
):
    assert sign(database, settings)["entries"] == 0
    write(database, 1)
    assert verify(database, settings).entries == 1
