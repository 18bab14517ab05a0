"""The certificate, and the script that checks it alone: both must judge the same."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from enclave.archive import verify_certificate
from enclave.archive.certificate import Certificate, issue, verify_file
from enclave.archive.certificate_page import render
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.manifest import KernelRecord
from enclave.archive.timestamp import Authority, stamp_of
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer


SCRIPT = Path(verify_certificate.__file__)


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


@pytest.fixture(scope="module")
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


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )


def test_every_kernel_of_a_chain_is_named(certificate, signer, tmp_path):
    more = {"name": "r-2026.12", "lock_sha256": "f" * 64}
    chain = certificate.model_copy(update={"more_kernels": (KernelRecord(**more),)})
    path = tmp_path / "chain.json"
    path.write_bytes(issue(chain, signer))
    page = tmp_path / "chain.pdf"
    page.write_bytes(render(path.read_bytes(), None, signer))

    assert verify_file(path) == chain
    for file in (path, page):
        assert "python-2026.12, r-2026.12" in _run(str(file)).stdout
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
        assert f"started    {start}\n" in _run(str(file)).stdout
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
        assert line in _run(str(file)).stdout
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
        run = _run(str(file))
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


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "verdict": lambda it: {**it, "verdict": "numerically equal"},
    "count": lambda it: {**it, "outputs": {**it["outputs"], "identical": 13}},
    "added": lambda it: {**it, "note": "all is well"},
    "removed": lambda it: {name: it[name] for name in it if name != "cause"},
    "unsigned": lambda it: {name: it[name] for name in it if name != "signature"},
    "no signature": lambda it: {**it, "signature": None},
    "signature of a list": lambda it: [it],
    "algorithm": lambda it: _signature(it, algorithm="none"),
    "value": lambda it: _signature(it, value="A" * 86 + "=="),
    "value no base64": lambda it: _signature(it, value="!"),
    "key": lambda it: _signature(it, public_key="A" * 43 + "="),
    "key too short": lambda it: _signature(it, public_key="AAAA"),
}


def _signature(document: dict[str, Any], **parts: str) -> dict[str, Any]:
    return {**document, "signature": {**document["signature"], **parts}}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_certificate_is_refused_by_both(file: Path, change: str):
    document = CHANGES[change](json.loads(file.read_text()))
    file.write_text(json.dumps(document))

    with pytest.raises((IntegrityError, InputError)):
        verify_file(file)
    outcome = _run(str(file))
    assert outcome.returncode == 5
    assert outcome.stderr.startswith("INVALID")
    assert "Traceback" not in outcome.stderr


def test_a_name_that_stands_twice_is_refused_by_both(file: Path):
    first, rest = file.read_text().split("\n", 1)
    file.write_text(f'{first}\n  "verdict": "differs",\n{rest}')

    with pytest.raises(IntegrityError, match="twice"):
        verify_file(file)
    assert "twice" in _run(str(file)).stderr


def test_another_key_is_refused_by_both(file: Path, tmp_path: Path):
    other = Signer.load(Settings.at(tmp_path / "other")).public_key

    with pytest.raises(IntegrityError, match="not by the trusted"):
        verify_file(file, other)
    outcome = _run(str(file), other)
    assert (outcome.returncode, "another key" in outcome.stderr) == (5, True)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "grant", "version": 1},
        {"type": "rerun-certificate", "version": 2},
        {"type": "rerun-certificate", "version": 1, "analysis": "x"},
    ],
)
def test_another_signed_document_is_refused_by_both(signer, tmp_path, document):
    path = tmp_path / "signed.json"
    path.write_text(json.dumps(signer.sign(document)))

    with pytest.raises(IntegrityError, match="no certificate"):
        verify_file(path)
    assert _run(str(path)).returncode == 5


@pytest.mark.parametrize("content", [b"", b"VALID", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_document_is_unreadable_to_both(tmp_path: Path, content: bytes):
    path = tmp_path / "it"
    path.write_bytes(content)

    with pytest.raises(InputError, match="no JSON document"):
        verify_file(path)
    outcome = _run(str(path))
    assert (outcome.returncode, "Traceback" in outcome.stderr) == (2, False)


def test_a_missing_file_or_argument_is_said(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        verify_file(tmp_path / "missing")
    assert _run(str(tmp_path / "missing")).returncode == 2
    usage = _run()
    assert (usage.returncode, "stands alone" in usage.stderr) == (2, True)


def test_a_certificate_cannot_move_the_cursor(certificate, signer, tmp_path):
    path = tmp_path / "certificate.json"
    bold = certificate.model_copy(update={"analysis": "\x1b[2K\rVALID"})
    path.write_bytes(issue(bold, signer))

    outcome = _run(str(path))

    assert outcome.returncode == 0
    assert "\x1b" not in outcome.stdout
    assert "\r" not in outcome.stdout


def test_names_beyond_ascii_are_signed_alike(certificate, signer, tmp_path):
    path = tmp_path / "certificate.json"
    named = certificate.model_copy(update={"analysis": "PAC2026Ærø_𝛽 ", "cause": "é"})
    path.write_bytes(issue(named, signer))

    assert verify_file(path).analysis == named.analysis
    assert _run(str(path)).returncode == 0


def test_a_stamped_certificate_says_when_it_was_signed(stamped, certificate, stamping):
    before = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - OpenSSL's clock
    key = Signer.load(stamping).public_key

    assert verify_file(stamped, key) == certificate
    at = stamp_of(json.loads(stamped.read_text()))
    assert abs((at - before).total_seconds()) < 60
    outcome = _run(str(stamped), key)
    assert outcome.returncode == 0, outcome.stderr
    assert f"stamped    {at:%Y-%m-%d %H:%M:%S} UTC" in outcome.stdout


def test_openssl_reads_the_stamp_too(stamped, stamping, tmp_path):
    signature = json.loads(stamped.read_text())["signature"]
    for name, member in (("data", "value"), ("token", "timestamp")):
        (tmp_path / name).write_bytes(base64.b64decode(signature[member]))
    (tmp_path / "issuer.pem").write_bytes(Authority(stamping).issuer)
    words = "openssl ts -verify -token_in -in token -data data -CAfile issuer.pem"
    done = subprocess.run(
        words.split(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "Verification: OK\n"), done.stderr


def test_no_byte_of_a_stamp_can_be_changed(stamped):
    document = json.loads(stamped.read_text())
    token = base64.b64decode(document["signature"]["timestamp"])
    held = 0
    for place in range(0, len(token), 7):
        changed = bytearray(token)
        changed[place] ^= 1
        text = base64.b64encode(changed).decode()
        try:
            verify_certificate.check(_signature(document, timestamp=text))
        except verify_certificate.InvalidCertificateError:
            continue
        held += 1
    # What is not looked at, such as algorithm names, says nothing about the time.
    assert held < len(token) / 7 * 0.4


@pytest.mark.parametrize("swap", ["other signature", "other authority", "no token"])
def test_a_stamp_is_about_its_own_certificate(stamped, stamping, settings, swap):
    document = json.loads(stamped.read_text())
    if swap == "other signature":
        token = Authority(stamping).stamp(b"another signature")
    elif swap == "other authority":
        value = base64.b64decode(document["signature"]["value"])
        token = Authority(settings).stamp(value)
    else:
        token = b"no token"
    text = base64.b64encode(token).decode()
    stamped.write_text(json.dumps(_signature(document, timestamp=text)))

    with pytest.raises(IntegrityError, match="time stamp"):
        verify_file(stamped)
    assert _run(str(stamped)).returncode == 5


def test_the_page_alone_is_verified_by_both(stamped, certificate, stamping):
    page, key = stamped.with_suffix(".pdf"), Signer.load(stamping).public_key

    assert verify_file(page, key) == certificate
    outcome = _run(str(page), key)
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
    outcome = _run(str(page))
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
