"""What people type, and what they are told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enclave.archive.rerun import CERTIFICATE, folder_of
from enclave.cli.main import enclave as command
from enclave.delivery import folders
from enclave.signature import Signer


def _run(installation, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=installation.settings)


def _certificate(done) -> Path:
    (analysis,) = done.archived()
    return folder_of(done.settings, analysis.id, 1) / CERTIFICATE


def test_a_notebook_is_submitted_with_parameters(enclave):
    notebook = str(enclave.notebook())
    given = ("--project", "demo", "--as", "rikke", "--title", "CRP", "-p", "minimum=8")

    outcome = _run(enclave, "archive", "submit", notebook, *given)

    assert outcome.exit_code == 0, outcome.output
    (analysis,) = enclave.archived()
    assert f"Archived as {analysis.id}" in outcome.output
    parameters = enclave.folder(analysis) / "parameters.json"
    assert json.loads(parameters.read_text()) == {"minimum": 8}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"--as": "anne"}, 3, "not a member"),
        ({"--project": "other"}, 4, "no project"),
        ({"-p": "minimum"}, 2, "write NAME=VALUE"),
        ({"-p": "maximum=1"}, 2, "no parameter 'maximum'"),
    ],
)
def test_a_refusal_is_one_message_and_a_code(enclave, changes, code, message):
    given = {"--project": "demo", "--as": "rikke", "--title": "CRP", **changes}
    options = [part for pair in given.items() for part in pair]

    outcome = _run(enclave, "archive", "submit", str(enclave.notebook()), *options)

    assert (outcome.exit_code, outcome.output.count("\n")) == (code, 1)
    assert message in outcome.output


def test_archived_analyses_are_listed_shown_and_verified(done):
    (analysis,) = done.archived()

    listed = _run(done, "archive", "list", "--project", "demo", "--json")
    shown = _run(done, "archive", "show", analysis.id)
    document = _run(done, "archive", "show", analysis.id, "--json")
    verified = _run(done, "archive", "verify", analysis.id)

    assert [one["id"] for one in json.loads(listed.output)] == [analysis.id]
    assert "identical" in shown.output
    assert json.loads(document.output)["reruns"][0]["verdict"] == "identical"
    assert "is as it was signed" in verified.output
    assert analysis.id[:20] in _run(done, "archive", "list").output


def test_a_touched_file_is_named(archive, analysis):
    (archive.folder(analysis) / "outputs.json").write_text("[]")

    outcome = _run(archive, "archive", "verify", analysis.id)

    assert outcome.exit_code == 5
    assert "outputs.json was changed" in outcome.output


def test_a_rerun_says_the_verdict_and_where_the_papers_are(archive, analysis):
    outcome = _run(archive, "rerun", analysis.id, "--as", "rikke")

    assert outcome.exit_code == 0, outcome.output
    assert f"Re-run 1 of {analysis.id}: identical" in outcome.output
    assert "certificate.json" in outcome.output


def test_a_rerun_that_confirms_nothing_ends_with_one(archive, analysis):
    deliveries = folders.folder_of(archive.settings, "demo", 1)
    deliveries.rename(deliveries.parent.parent.parent / "moved")
    archive.settings.warehouse.rename(archive.settings.home / "elsewhere")

    outcome = _run(archive, "rerun", analysis.id, "--as", "karen", "--json")

    assert outcome.exit_code == 1
    assert json.loads(outcome.output)["cause"] == "data_unavailable"


def test_an_unknown_analysis_is_said(done):
    outcome = _run(done, "rerun", "PAC2026Nobody_x", "--as", "rikke")

    assert (outcome.exit_code, "enclave archive list" in outcome.output) == (4, True)


def _alone(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where there is no home, no database, nothing to write."""
    return subprocess.run(
        [sys.executable, "-m", "enclave", "certificate", "verify", *arguments],
        env={"ENCLAVE_HOME": str(tmp_path / "none")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_certificate_is_verified_without_home_or_database(done, tmp_path):
    alone = tmp_path / "journal"
    alone.mkdir()
    (alone / "it.json").write_bytes(_certificate(done).read_bytes())
    key = Signer.load(done.settings).public_key
    (alone / "issuer.pub").write_text(f"{key}\n")

    for option in ([], ["--key", key], ["--key", "issuer.pub"]):
        outcome = _alone(alone, "it.json", *option)
        assert outcome.returncode == 0, outcome.stderr
        assert "verdict    identical" in outcome.stdout
        assert ("was not checked" in outcome.stdout) is (not option)
    assert sorted(path.name for path in alone.iterdir()) == ["issuer.pub", "it.json"]


def test_a_tampered_certificate_is_refused_without_a_traceback(done, tmp_path):
    text = _certificate(done).read_text().replace("identical", "differs")
    (tmp_path / "it.json").write_text(text)

    outcome = _alone(tmp_path, "it.json")

    assert outcome.returncode == 5
    assert outcome.stderr.startswith("Error: ")
    assert "changed after" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_the_public_key_is_printed_for_journals(done):
    outcome = _run(done, "certificate", "key")

    key = outcome.output.strip()
    verified = _run(
        done, "certificate", "verify", str(_certificate(done)), "--key", key
    )
    assert verified.exit_code == 0
    other = _run(
        done, "certificate", "verify", str(_certificate(done)), "--key", "A" * 43 + "="
    )
    assert (other.exit_code, "not by the trusted" in other.output) == (5, True)
