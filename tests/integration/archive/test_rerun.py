"""An archived analysis is executed again, on the same data, and judged."""

import json
import shutil
from pathlib import Path

import pytest

from enclave.archive import layout, manifest, shared_comparison
from enclave.archive.certificate import verify_file
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.manifest import Subject
from enclave.archive.rerun import CERTIFICATE, PAGE, REPORT, RUN, folder_of
from enclave.archive.side_by_side import SideBySide
from enclave.canonical import digest, file_digest
from enclave.delivery import folders
from enclave.errors import IntegrityError
from enclave.signature import Signer
from enclave.store.archive_tables import ArchivedAnalysis, Rerun


def _folder(archive, analysis, number: int = 1) -> Path:
    return folder_of(archive.settings, analysis.id, number)


def _record(archive, analysis, number: int = 1) -> Rerun:
    with archive.database.begin() as session:
        return session.get_one(Rerun, (analysis.id, number))


def _shared(archive, analysis, number: int = 1) -> SideBySide:
    """Return what a workspace sees of a re-run, under the grant of its data."""
    folder = shared_comparison.folder_of_project(archive.settings, "demo")
    (file,) = folder.glob(f"G*/{analysis.id}-{number}.json")
    return SideBySide.model_validate_json(file.read_bytes())


def _reopen(archive, analysis, *files: str) -> None:
    """Go back to where a re-run was when these files were not written yet."""
    for name in files:
        (_folder(archive, analysis) / name).unlink()
    with archive.database.begin() as session:
        record = session.get_one(Rerun, (analysis.id, 1))
        record.completed = record.verdict = record.certificate_digest = None


def test_an_unchanged_analysis_comes_out_identical(done):
    (analysis,) = done.archived()
    folder = _folder(done, analysis)

    trusted_key = Signer.load(done.settings).public_key
    certificate = verify_file(folder / CERTIFICATE, trusted_key)

    assert certificate.verdict is Verdict.IDENTICAL
    assert certificate.data == "frozen"
    assert certificate.outputs["identical"] == 2
    assert certificate.report_sha256 == file_digest(folder / REPORT)
    assert "identical" in (folder / PAGE).read_text()
    assert _record(done, analysis).verdict == "identical"
    (entry,) = done.audited("rerun.complete")
    assert entry.subject == f"rerun:{analysis.id}/1"
    assert _shared(done, analysis).verdict is Verdict.IDENTICAL


def test_the_certificate_holds_no_data(done):
    text = (_folder(done, *done.archived()) / CERTIFICATE).read_text()

    for private in ("NPU19748", "7.633", "persons", "rikke", "C-reactive"):
        assert private not in text


@pytest.mark.parametrize(
    "missing", [(CERTIFICATE,), (CERTIFICATE, PAGE), (CERTIFICATE, PAGE, REPORT), ()]
)
def test_what_was_executed_is_not_executed_again(done, missing):
    (analysis,) = done.archived()
    executed = _folder(done, analysis) / RUN / layout.EXECUTED
    before = executed.stat()
    _reopen(done, analysis, *missing)

    certificate = done.rerun(analysis)

    assert certificate.rerun == 1
    after = executed.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert _record(done, analysis).verdict == "identical"


def test_a_second_request_is_executed_and_recorded_by_itself(done):
    (analysis,) = done.archived()

    certificate = done.rerun(analysis, actor="karen", key="journal-7")
    again = done.rerun(analysis, actor="karen", key="journal-7")

    assert (certificate.rerun, certificate.verdict) == (2, Verdict.IDENTICAL)
    assert again == certificate
    assert len(done.audited("rerun.complete")) == 2


def test_data_that_are_gone_are_made_again_for_the_run_only(archive, analysis):
    folder = folders.folder_of(archive.settings, "demo", 1)
    shutil.rmtree(folder)

    certificate = archive.rerun(analysis)

    assert certificate.data == "re-created"
    assert certificate.verdict is Verdict.IDENTICAL
    assert list(archive.settings.archive.rglob("*.parquet")) == []
    assert not folder.exists()


def test_data_that_cannot_be_made_again_are_said_to_be_unavailable(archive, analysis):
    shutil.rmtree(folders.folder_of(archive.settings, "demo", 1))
    shutil.rmtree(archive.settings.warehouse)

    certificate = archive.rerun(analysis)

    assert certificate.verdict is Verdict.COULD_NOT_RUN
    assert (certificate.data, certificate.cause) == ("unavailable", "data_unavailable")
    assert certificate.outputs == {}
    page = (_folder(archive, analysis) / PAGE).read_text()
    assert "data unavailable" in page


def test_changed_data_stop_the_request_until_they_are_restored(archive, analysis):
    table = folders.folder_of(archive.settings, "demo", 1) / "lab.parquet"
    content = table.read_bytes()
    table.write_bytes(content + b"x")
    with pytest.raises(IntegrityError, match=r"lab\.parquet .* was changed"):
        archive.rerun(analysis)
    assert _record(archive, analysis).completed is None

    table.write_bytes(content)
    certificate = archive.rerun(analysis)

    assert (certificate.rerun, certificate.verdict) == (1, Verdict.IDENTICAL)
    assert len(archive.audited("rerun.request")) == 1


def test_a_changed_archive_is_not_run(archive, analysis):
    source = archive.folder(analysis) / layout.SOURCE
    source.write_text(source.read_text().replace("mean", "median"))

    with pytest.raises(IntegrityError, match=r"source\.ipynb was changed"):
        archive.rerun(analysis)

    assert not (_folder(archive, analysis) / RUN).exists()


def sealed_again(archive, analysis, **files: str) -> None:
    """Change archived files as somebody with the signing key and database could."""
    folder = archive.folder(analysis)
    sealed = json.loads((folder / layout.MANIFEST).read_text())
    for name, content in files.items():
        (folder / name).write_text(content)
    subject = Subject(**{name: sealed[name] for name in Subject.model_fields})
    made = manifest.seal(folder, subject, Signer.load(archive.settings))
    with archive.database.begin() as session:
        row = session.get_one(ArchivedAnalysis, analysis.id)
        row.manifest_digest = digest(made.model_dump(mode="json"))


def test_a_folder_that_is_not_the_one_on_record_is_not_run(archive, analysis):
    kept = analysis.manifest_digest
    sealed_again(archive, analysis, **{layout.PARAMETERS: '{"minimum": 3}'})
    with archive.database.begin() as session:
        session.get_one(ArchivedAnalysis, analysis.id).manifest_digest = kept

    with pytest.raises(IntegrityError, match="not the one on record"):
        archive.rerun(analysis)


def test_another_result_differs(archive, analysis):
    sealed_again(archive, analysis, **{layout.PARAMETERS: '{"minimum": 3}'})

    certificate = archive.rerun(analysis)

    assert certificate.verdict is Verdict.DIFFERS
    report = json.loads((_folder(archive, analysis) / REPORT).read_text())
    kinds = {output["kind"] for output in report["comparison"]["outputs"]}
    assert {"stdout", "cell"} <= kinds  # the cell that sets the parameters is new
    printed = next(
        one.view
        for one in _shared(archive, analysis).outputs
        if one.output.kind == "stdout"
    )
    (line,) = printed.lines
    assert line.archived != line.rerun
    assert "results of" in line.archived


def test_a_run_that_fails_has_a_certificate_with_its_cause(archive, analysis):
    broken = archive.notebook("n = 1", "import not_there_any_more")
    sealed_again(archive, analysis, **{layout.SOURCE: broken.read_text()})

    certificate = archive.rerun(analysis)

    assert certificate.verdict is Verdict.COULD_NOT_RUN
    assert certificate.cause == "missing_package"
    report = json.loads((_folder(archive, analysis) / REPORT).read_text())
    assert report["failed_cell"] == 2
    assert _record(archive, analysis).cause == "missing_package"


def test_another_lock_under_the_kernels_name_is_not_run(archive, analysis):
    folder = archive.folder(analysis)
    sealed = json.loads((folder / layout.MANIFEST).read_text())
    sealed["kernel"]["lock_sha256"] = "0" * 64
    subject = Subject(**{name: sealed[name] for name in Subject.model_fields})
    made = manifest.seal(folder, subject, Signer.load(archive.settings))
    with archive.database.begin() as session:
        row = session.get_one(ArchivedAnalysis, analysis.id)
        row.manifest_digest = digest(made.model_dump(mode="json"))

    with pytest.raises(IntegrityError, match="lock has another hash"):
        archive.rerun(analysis)


def test_an_analysis_that_is_not_deterministic_is_found_out(enclave):
    notebook = enclave.notebook("import secrets", "secrets.token_hex(8)")
    analysis = enclave.submit(notebook, title="Lottery")

    certificate = enclave.rerun(analysis)

    assert certificate.verdict is Verdict.DIFFERS
