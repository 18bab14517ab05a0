"""What a certificate states, as the enclave and the script alone read it."""

import json
import subprocess
import sys

import pytest
from pypdf import PdfReader

from enclave.archive.certificate import issue, verify_file
from enclave.archive.certificate_page import render
from enclave.archive.manifest import KernelRecord
from tests.unit.archive.certificate.script import SCRIPT, run_script


def test_every_kernel_of_a_chain_is_named(certificate, signer, tmp_path):
    more = {"name": "r-2026.12", "lock_sha256": "f" * 64}
    chain = certificate.model_copy(update={"more_kernels": (KernelRecord(**more),)})
    path = tmp_path / "chain.json"
    path.write_bytes(issue(chain, signer))
    page = tmp_path / "chain.pdf"
    page.write_bytes(render(path.read_bytes(), None, signer))

    assert verify_file(path) == chain
    for file in (path, page):
        assert "python-2026.12, r-2026.12" in run_script(str(file)).stdout
    text = PdfReader(page).pages[0].extract_text()
    assert "python-2026.12, r-2026.12" in text
    assert "f" * 64 in text


@pytest.mark.parametrize("start", ["cold", "forked"])
def test_it_says_how_its_kernels_were_started(certificate, signer, tmp_path, start):
    path, page = tmp_path / "one.json", tmp_path / "one.pdf"
    path.write_bytes(issue(certificate.model_copy(update={"start": start}), signer))
    page.write_bytes(render(path.read_bytes(), None, signer))

    assert verify_file(path).start == start
    for file in (path, page):
        assert f"started    {start}\n" in run_script(str(file)).stdout
    text = PdfReader(page).pages[0].extract_text()
    assert {"cold": "a new kernel", "forked": "kernel forked"}[start] in text


@pytest.mark.parametrize("forks", ["not identical", "failed"])
@pytest.mark.parametrize(
    ("start", "stated"), [("cold", "cold, after"), (None, "after")]
)
def test_it_says_what_forks_did_not_confirm(
    certificate, signer, tmp_path, forks, start, stated
):
    """Also where no kernel was started after them."""
    path, page = tmp_path / "one.json", tmp_path / "one.pdf"
    told = {"start": start, "unconfirmed_forks": forks}
    path.write_bytes(issue(certificate.model_copy(update=told), signer))
    page.write_bytes(render(path.read_bytes(), None, signer))

    assert verify_file(path).unconfirmed_forks == forks
    for file in (path, page):
        line = f"started    {stated} forks that were discarded ({forks})\n"
        assert line in run_script(str(file)).stdout
    text = PdfReader(page).pages[0].extract_text()
    assert f"before, {forks} /" in text
    assert "counts for nothing" in text


def test_one_of_before_that_did_not_say_so_still_holds(certificate, signer, tmp_path):
    content = certificate.model_dump(
        mode="json", exclude={"start", "unconfirmed_forks"}
    )
    path = tmp_path / "before.json"
    path.write_text(json.dumps(signer.sign(content)))
    page = tmp_path / "before.pdf"
    page.write_bytes(render(path.read_bytes(), None, signer))

    assert verify_file(path).start is None
    for file in (path, page):
        run = run_script(str(file))
        assert (run.returncode, "started" in run.stdout) == (0, False)


def test_what_was_issued_is_read_back(file, certificate, signer):
    assert verify_file(file) == certificate
    assert verify_file(file, signer.public_key) == certificate


def test_the_script_alone_says_what_it_states(file, signer, tmp_path):
    alone = tmp_path / "elsewhere" / "check.py"
    alone.parent.mkdir()
    alone.write_text(SCRIPT.read_text())

    outcome = subprocess.run(
        [sys.executable, "-I", str(alone), str(file), signer.public_key],
        capture_output=True,
        text=True,
        check=False,
        env={},
        cwd="/",
    )

    assert outcome.returncode == 0, outcome.stderr
    for stated in ("VALID", "PAC2026Holm_survival, re-run 2", "identical", "trusted"):
        assert stated in outcome.stdout


def test_the_script_imports_nothing_of_the_enclave():
    code = f"import runpy, sys; runpy.run_path({str(SCRIPT)!r}); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    foreign = {name.split(".")[0] for name in loaded} - {*sys.stdlib_module_names}
    assert "enclave" not in foreign
    assert "cryptography" in foreign


def test_a_certificate_cannot_move_the_cursor(certificate, signer, tmp_path):
    path = tmp_path / "certificate.json"
    bold = certificate.model_copy(update={"analysis": "\x1b[2K\rVALID"})
    path.write_bytes(issue(bold, signer))

    outcome = run_script(str(path))

    assert outcome.returncode == 0
    assert "\x1b" not in outcome.stdout
    assert "\r" not in outcome.stdout


def test_names_beyond_ascii_are_signed_alike(certificate, signer, tmp_path):
    path = tmp_path / "certificate.json"
    named = certificate.model_copy(update={"analysis": "PAC2026Ærø_𝛽 ", "cause": "é"})
    path.write_bytes(issue(named, signer))

    assert verify_file(path).analysis == named.analysis
    assert run_script(str(path)).returncode == 0
