"""An archived analysis is executed as it would be today: other data, another kernel."""

import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import update

from enclave.archive import shared_comparison
from enclave.archive.certificate import verify_file
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun import CERTIFICATE, REPORT, folder_of
from enclave.archive.rerun_terms import Terms
from enclave.archive.rerun_work import CERTIFICATE_PAGE
from enclave.archive.side_by_side import SideBySide
from enclave.archive.verify_certificate import summary
from enclave.canonical import file_digest
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.sandbox import released_kernels
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.project_tables import Project
from tests.builders import installation
from tests.builders.projects import TODAY
from tests.conftest import KERNELS
from tests.integration.archive.conftest import KERNEL, Enclave


# Never released, whatever the years bring.
LATER = "python-9999.01"


@pytest.fixture
def with_a_later_kernel(tmp_path: Path, archive, monkeypatch) -> Enclave:
    """The same kernel, released and installed once more under another name."""
    released = tmp_path / "kernelspecs" / LATER
    shutil.copytree(released_kernels.release(KERNEL).folder, released)
    with (released / "requirements.lock").open("a") as lock:
        lock.write("# released again\n")
    before = released_kernels._kernelspecs
    monkeypatch.setattr(
        released_kernels, "_kernelspecs", lambda: [*before(), released.parent]
    )
    kernels = tmp_path / "kernels"
    prefix = kernels / LATER
    shutil.copytree(KERNELS / KERNEL, prefix, symlinks=True, copy_function=os.link)
    specs = prefix / "share" / "jupyter" / "kernels"
    (specs / KERNEL).rename(specs / LATER)
    spec = specs / LATER / "kernel.json"
    text = spec.read_text().replace(str(KERNELS / KERNEL), str(prefix))
    spec.unlink()  # a hard link
    spec.write_text(text)
    mark = prefix / released_kernels.MARK
    mark.unlink()
    mark.write_text(json.dumps(released_kernels.release(LATER).mark()))
    settings = Settings.at(archive.settings.home, kernels=str(kernels))
    return Enclave(settings, archive.database)


def test_it_is_executed_in_another_kernel_and_the_certificate_says_so(
    with_a_later_kernel, analysis
):
    enclave = with_a_later_kernel

    certificate = enclave.rerun(analysis, terms=Terms(kernel=LATER))

    assert certificate.verdict is Verdict.IDENTICAL
    assert certificate.kernel.name == KERNEL
    assert certificate.other_kernel.name == LATER
    lock = released_kernels.release(LATER).lock
    assert certificate.other_kernel.lock_sha256 == file_digest(lock)
    assert f"{LATER}, where {KERNEL} was recorded" in summary(
        certificate.model_dump(mode="json")
    )


def test_it_is_executed_on_the_data_of_today(archive, analysis):
    installation.load(archive.settings, results=9)

    certificate = archive.rerun(analysis, terms=Terms("today"))

    assert certificate.data == "today"
    assert certificate.verdict is Verdict.EXPLAINED_DRIFT, "numbers follow the data"
    assert certificate.delivery.snapshot.number == 1
    assert certificate.other_delivery.snapshot.number == 2
    assert (
        certificate.other_delivery.manifest_sha256
        != certificate.delivery.manifest_sha256
    )
    folder = folder_of(archive.settings, analysis.id, 1)
    key = Signer.load(archive.settings).public_key
    assert verify_file(folder / CERTIFICATE, key) == certificate
    assert (folder / CERTIFICATE_PAGE).stat().st_size > 1000
    report = json.loads((folder / REPORT).read_text())["comparison"]
    assert [before.partition(",")[0] for before in report["changed"]["data"]] == [
        "snapshot 1",
        "snapshot 2",
    ]
    assert "other-data" in {r for output in report["outputs"] for r in output["rules"]}
    # Nobody keeps what was made for one run, nor sees what came of it.
    assert list(archive.settings.archive.rglob("*.parquet")) == []
    shared = shared_comparison.folder_of_project(archive.settings, "demo")
    (file,) = shared.glob(f"G*/{analysis.id}-1.json")
    seen = SideBySide.model_validate_json(file.read_bytes())
    assert (seen.withheld, seen.outputs) == (True, ())
    assert seen.verdict is Verdict.EXPLAINED_DRIFT


def test_today_is_the_same_as_then_while_nothing_was_loaded(archive, analysis):
    certificate = archive.rerun(analysis, terms=Terms("today"))

    assert (certificate.data, certificate.verdict) == ("today", Verdict.IDENTICAL)
    assert certificate.other_delivery is None


def test_todays_data_are_not_used_for_a_project_that_ended(archive, analysis):
    with archive.database.begin() as session:
        session.execute(update(Project).values(end_date=TODAY.replace(year=2020)))

    with pytest.raises(PolicyRefusal):
        archive.rerun(analysis, terms=Terms("today"))

    assert archive.rerun(analysis).verdict is Verdict.IDENTICAL


def test_the_recorded_kernel_is_no_other():
    assert Terms("today", KERNEL).of(KERNEL) == Terms("today")


def test_a_kernel_that_could_not_run_it_is_refused_before_anything_starts(
    archive, analysis
):
    with pytest.raises(InputError, match="is a kernel for R"):
        archive.rerun(analysis, terms=Terms(kernel="r-2026.12"))
    with pytest.raises(NotFoundError, match=r"no kernel python-1999\.01"):
        archive.rerun(analysis, terms=Terms(kernel="python-1999.01"))
    assert archive.audited("rerun.request") == []
