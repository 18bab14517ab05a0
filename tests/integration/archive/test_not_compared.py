"""What two runs left takes its reader too long: said everywhere, never identical."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from enclave.archive import judgement, shared_comparison, verify_certificate
from enclave.archive.certificate import verify_file
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.examination.room import LIMITS, Examiner
from enclave.archive.rerun import CERTIFICATE, PAGE, REPORT, folder_of
from enclave.archive.rerun_work import CERTIFICATE_PAGE
from enclave.signature import Signer
from enclave.store.archive_tables import Rerun


@pytest.fixture
def executed(done):
    """A re-run that has ended, and of which nothing was compared yet."""
    (analysis,) = done.archived()
    folder = folder_of(done.settings, analysis.id, 1)
    for name in (CERTIFICATE, CERTIFICATE_PAGE, REPORT, PAGE):
        (folder / name).unlink()
    shared = shared_comparison.folder_of_project(done.settings, "demo")
    for file in shared.glob(f"G*/{analysis.id}-1.json"):
        file.unlink()
    with done.database.begin() as session:
        record = session.get_one(Rerun, (analysis.id, 1))
        record.completed = record.verdict = record.certificate_digest = None
    return analysis, folder


@pytest.fixture
def impatient(monkeypatch):
    """Readers are killed before they have read anything."""
    reader = Examiner(replace(LIMITS, wall_seconds=0.01))
    monkeypatch.setattr(judgement, "examiner", lambda: reader)
    yield
    reader.close()


@pytest.mark.usefixtures("impatient")
def test_what_could_not_be_compared_is_said_from_request_to_certificate(done, executed):
    analysis, folder = executed

    certificate = done.rerun(analysis)

    found = (certificate.verdict, certificate.cause, certificate.outputs)
    assert found == (Verdict.COULD_NOT_RUN, "not_compared", {})
    with done.database.begin() as session:
        record = session.get_one(Rerun, (analysis.id, 1))
        assert (record.verdict, record.cause) == ("could not run", "not_compared")
        assert record.completed is not None
    report = json.loads((folder / REPORT).read_text())
    assert (report["cause"], report["comparison"]) == ("not_compared", None)
    assert "could not be read within" in (folder / PAGE).read_text()
    shared = shared_comparison.folder_of_project(done.settings, "demo")
    (seen,) = shared.glob(f"G*/{analysis.id}-1.json")
    assert json.loads(seen.read_text())["cause"] == "not_compared"
    key = Signer.load(done.settings).public_key
    for name in (CERTIFICATE, CERTIFICATE_PAGE):
        assert verify_file(folder / name, key) == certificate
        told = _told_alone(folder / name, key)
        assert "could not run: not compared\noutputs    none" in told
        assert "identical" not in told


def _told_alone(file, key: str) -> str:
    command = [sys.executable, "-I", verify_certificate.__file__, str(file), key]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
