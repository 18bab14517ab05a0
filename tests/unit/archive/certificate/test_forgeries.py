"""What is no certificate of the enclave is refused by it and by the script alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from enclave.archive.certificate import verify_file
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer
from tests.unit.archive.certificate.script import run_script, signed_otherwise


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "verdict": lambda it: {**it, "verdict": "numerically equal"},
    "count": lambda it: {**it, "outputs": {**it["outputs"], "identical": 13}},
    "added": lambda it: {**it, "note": "all is well"},
    "removed": lambda it: {name: it[name] for name in it if name != "cause"},
    "unsigned": lambda it: {name: it[name] for name in it if name != "signature"},
    "no signature": lambda it: {**it, "signature": None},
    "signature of a list": lambda it: [it],
    "algorithm": lambda it: signed_otherwise(it, algorithm="none"),
    "value": lambda it: signed_otherwise(it, value="A" * 86 + "=="),
    "value no base64": lambda it: signed_otherwise(it, value="!"),
    "key": lambda it: signed_otherwise(it, public_key="A" * 43 + "="),
    "key too short": lambda it: signed_otherwise(it, public_key="AAAA"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_certificate_is_refused_by_both(file: Path, change: str):
    document = CHANGES[change](json.loads(file.read_text()))
    file.write_text(json.dumps(document))

    with pytest.raises((IntegrityError, InputError)):
        verify_file(file)
    outcome = run_script(str(file))
    assert outcome.returncode == 5
    assert outcome.stderr.startswith("INVALID")
    assert "Traceback" not in outcome.stderr


def test_a_name_that_stands_twice_is_refused_by_both(file: Path):
    first, rest = file.read_text().split("\n", 1)
    file.write_text(f'{first}\n  "verdict": "differs",\n{rest}')

    with pytest.raises(IntegrityError, match="twice"):
        verify_file(file)
    assert "twice" in run_script(str(file)).stderr


def test_another_key_is_refused_by_both(file: Path, tmp_path: Path):
    other = Signer.load(Settings.at(tmp_path / "other")).public_key

    with pytest.raises(IntegrityError, match="not by the trusted"):
        verify_file(file, other)
    outcome = run_script(str(file), other)
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
    assert run_script(str(path)).returncode == 5


@pytest.mark.parametrize("content", [b"", b"VALID", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_document_is_unreadable_to_both(tmp_path: Path, content: bytes):
    path = tmp_path / "it"
    path.write_bytes(content)

    with pytest.raises(InputError, match="no JSON document"):
        verify_file(path)
    outcome = run_script(str(path))
    assert (outcome.returncode, "Traceback" in outcome.stderr) == (2, False)


def test_a_missing_file_or_argument_is_said(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        verify_file(tmp_path / "missing")
    assert run_script(str(tmp_path / "missing")).returncode == 2
    usage = run_script()
    assert (usage.returncode, "stands alone" in usage.stderr) == (2, True)
