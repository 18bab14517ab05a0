"""The page of a certificate, which carries it: both must judge it the same."""

import json

import pytest
from pypdf import PdfReader

from enclave.archive import verify_certificate
from enclave.archive.certificate import issue, verify_file
from enclave.archive.certificate_page import render
from enclave.archive.comparison.verdict import Verdict
from enclave.errors import IntegrityError
from enclave.signature import Signer
from tests.unit.archive.certificate.script import run_script


def test_the_page_alone_is_verified_by_both(stamped, certificate, stamping):
    page, key = stamped.with_suffix(".pdf"), Signer.load(stamping).public_key

    assert verify_file(page, key) == certificate
    outcome = run_script(str(page), key)
    assert outcome.returncode == 0, outcome.stderr
    assert "PAC2026Holm_survival, re-run 2" in outcome.stdout


def test_the_page_is_one_that_others_read(stamped):
    reader = PdfReader(stamped.with_suffix(".pdf"))
    (text,) = [one.extract_text() for one in reader.pages]

    for said in ("IDENTICAL", "PAC2026Holm_survival", "Alle resultater er uændrede."):
        assert said in text
    ((attached,),) = reader.attachments.values()
    assert json.loads(attached) == json.loads(stamped.read_text())


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.replace(b"Certificate", b"certificate", 1),
        lambda page: page + b"%more\n",
        lambda page: page.rpartition(verify_certificate.PAGE_MARK)[0],
        lambda page: page.replace(b'"rerun":2', b'"rerun":3'),
        lambda page: page[:9] + b"nothing",
        lambda page: page.replace(b'"sha256":"', b'"sha256":"0'),
    ],
)
def test_a_changed_page_is_refused_by_both(stamped, change):
    page = stamped.with_suffix(".pdf")
    page.write_bytes(change(page.read_bytes()))

    with pytest.raises(IntegrityError):
        verify_file(page)
    outcome = run_script(str(page))
    assert outcome.returncode == 5
    assert "Traceback" not in outcome.stderr


def test_the_page_of_one_installation_does_not_carry_anothers(stamped, signer):
    theirs = stamped.with_suffix(".pdf")
    theirs.write_bytes(render(stamped.read_bytes(), None, signer))

    with pytest.raises(IntegrityError, match="two keys"):
        verify_file(theirs)


@pytest.mark.parametrize("verdict", [*Verdict])
def test_every_verdict_has_a_page(stamped, certificate, stamping, verdict):
    cause = "error" if verdict is Verdict.COULD_NOT_RUN else None
    told = certificate.model_copy(update={"verdict": verdict, "cause": cause})
    signer = Signer.load(stamping)
    page = stamped.with_suffix(".pdf")
    page.write_bytes(render(issue(told, signer), None, signer))
    assert verify_file(page).verdict is verdict
    assert len(PdfReader(page).pages) == 1
