"""A certificate of a re-run that nobody executed, signed, stamped and as a page."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enclave.archive.certificate import Certificate, issue
from enclave.archive.certificate_page import render
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.timestamp import Authority, stamp_of
from enclave.settings import Settings
from enclave.signature import Signer


@pytest.fixture
def certificate(subject) -> Certificate:
    moment = datetime(2031, 5, 4, 3, 2, tzinfo=UTC)
    return Certificate(
        analysis=subject.id,
        rerun=2,
        manifest_sha256="1" * 64,
        source_digest=subject.source_digest,
        kernel=subject.kernel,
        delivery=subject.delivery,
        data="frozen",
        archived=subject.archived,
        requested=moment,
        completed=moment,
        verdict=Verdict.IDENTICAL,
        cause=None,
        outputs={"identical": 12, "differs": 0},
        report_sha256="2" * 64,
        policy_sha256="3" * 64,
    )


@pytest.fixture
def signer(settings) -> Signer:
    return Signer.load(settings)


@pytest.fixture
def file(tmp_path: Path, certificate: Certificate, signer: Signer) -> Path:
    path = tmp_path / "certificate.json"
    path.write_bytes(issue(certificate, signer))
    return path


@pytest.fixture(scope="session")
def stamping(tmp_path_factory) -> Settings:
    """An installation with a time stamp authority, for all tests here."""
    return Settings.at(tmp_path_factory.mktemp("stamping") / "home")


@pytest.fixture
def stamped(tmp_path: Path, certificate: Certificate, stamping: Settings) -> Path:
    """A stamped certificate, and its page beside it."""
    signer, path = Signer.load(stamping), tmp_path / "stamped.json"
    path.write_bytes(issue(certificate, signer, Authority(stamping)))
    at = stamp_of(json.loads(path.read_text()))
    path.with_suffix(".pdf").write_bytes(render(path.read_bytes(), at, signer))
    return path
