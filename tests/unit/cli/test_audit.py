"""The audit log from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from enclave.cli.main import enclave
from enclave.projects import demo
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database


@pytest.fixture
def run(settings: Settings, database: Database):
    with database.begin() as session:
        demo.register_demo_people(session)

    def run(*words: object) -> Result:
        return CliRunner().invoke(enclave, ["audit", *map(str, words)], obj=settings)

    return run


def test_a_whole_log(run):
    found = run("verify")

    assert found.exit_code == 0
    assert "The audit log is whole: 11 entries, 0 signed roots fit." in found.output


def test_a_changed_log(run, database: Database):
    with database.begin() as session:
        session.execute(text("UPDATE audit_entry SET actor = 'ole' WHERE number = 2"))

    found = run("verify")
    assert found.exit_code == 5
    assert found.stderr.startswith("Error: Audit entry 2 was changed")


def test_a_root_is_printed_and_kept(run, database: Database, tmp_path: Path):
    printed = tmp_path / "root.json"
    printed.write_text(run("sign").output)
    assert "1 signed root fits" in run("verify").output
    assert "2 signed roots fit" in run("verify", "--root", printed).output
    with database.begin() as session:
        session.execute(text("DELETE FROM audit_entry WHERE number = 11"))

    cut = run("verify", "--root", printed)
    assert cut.exit_code == 5
    assert "its end was cut off" in cut.stderr


def test_an_export_is_checked_elsewhere(run, settings: Settings, tmp_path: Path):
    file = tmp_path / "log.jsonl"
    assert f"11 entries written to {file}" in run("export", file).output
    elsewhere = Settings.at(tmp_path / "elsewhere")
    key = Signer.load(settings).public_key

    def verify(*more: str) -> Result:
        words = ["audit", "verify", "--file", str(file), *more]
        return CliRunner().invoke(enclave, words, obj=elsewhere)

    assert "whole: 11 entries, 1 signed root fits" in verify("--key", key).output
    assert "give --key to check who signed" in " ".join(verify().output.split())
    assert verify("--key", "A" * 43 + "=").exit_code == 5
    assert not elsewhere.home.exists()
    file.write_text(file.read_text().replace("mads", "sadm"))
    assert verify("--key", key).exit_code == 5


def test_a_file_that_is_not_there(run, tmp_path: Path):
    found = run("verify", "--file", tmp_path / "nope")

    assert found.exit_code == 2
    assert "not a readable export" in found.stderr


def test_the_last_entries_are_shown(run):
    shown = run("show", "--last", 2).output
    assert "account.add" in shown
    assert "account:rikke" not in shown

    lines = run("show", "--json", "--subject", "account:rikke").output.splitlines()
    (entry,) = map(json.loads, lines)
    assert entry["details"]["roles"] == ["researcher"]
    assert run("show", "--json", "--actor", "nobody").output == ""
