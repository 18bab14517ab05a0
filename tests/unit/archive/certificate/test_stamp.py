"""The time stamp of a certificate: the enclave, the script and OpenSSL read it."""

import base64
import json
import subprocess
from datetime import UTC, datetime

import pytest

from enclave.archive import verify_certificate
from enclave.archive.certificate import verify_file
from enclave.archive.timestamp import Authority, stamp_of
from enclave.errors import IntegrityError
from enclave.signature import Signer
from tests.unit.archive.certificate.script import run_script, signed_otherwise


def test_a_stamped_certificate_says_when_it_was_signed(stamped, certificate, stamping):
    before = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - OpenSSL's clock
    key = Signer.load(stamping).public_key

    assert verify_file(stamped, key) == certificate
    at = stamp_of(json.loads(stamped.read_text()))
    assert abs((at - before).total_seconds()) < 60
    outcome = run_script(str(stamped), key)
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
            verify_certificate.check(signed_otherwise(document, timestamp=text))
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
    stamped.write_text(json.dumps(signed_otherwise(document, timestamp=text)))

    with pytest.raises(IntegrityError, match="time stamp"):
        verify_file(stamped)
    assert run_script(str(stamped)).returncode == 5
