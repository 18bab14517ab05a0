"""A time stamp authority of the installation's own (RFC 3161), by OpenSSL.

It says of a signature when it was there already. Its certificate is issued by the
installation's signing key, so that whoever trusts that key trusts its stamps, and needs
nothing else to check them (``verify_certificate.py``).
"""

import base64
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from enclave import durable
from enclave.archive import verify_certificate
from enclave.clock import now
from enclave.errors import HostError, IntegrityError
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.signature import Signer


_YEARS = timedelta(days=30 * 365)
# OpenSSL's way to be told: a file. The policy is a UUID as an object identifier.
_CONFIGURATION = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
certs = {folder}/issuer.pem
signer_digest = sha256
default_policy = 2.25.170141183460469231731687303715884105728
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """The time stamp authority of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.keys / "timestamp"
        self._signer = Signer.load(settings)

    @property
    def issuer(self) -> bytes:
        """The certificate of the signing key, as PEM: for other verifiers."""
        self._ready()
        return (self._folder / "issuer.pem").read_bytes()

    def stamp(self, content: bytes) -> bytes:
        """Return a token that says that this content was there now (DER).

        Raises
        ------
        HostError
            If OpenSSL is missing or does not do it.
        """
        self._ready()
        with (
            exclusive(self._folder / ".lock"),
            tempfile.TemporaryDirectory(prefix=".partial-", dir=self._folder) as work,
        ):
            given, query, reply, told = (
                Path(work, name) for name in ("content", "query", "token", "told")
            )
            given.write_bytes(content)
            told.write_text(_CONFIGURATION.format(folder=self._folder))
            _openssl("-query", "-data", given, "-sha256", "-cert", "-out", query)
            asked = ("-queryfile", query, "-token_out", "-out", reply)
            _openssl("-reply", *asked, "-config", told, "-section", "here")
            return reply.read_bytes()

    def stamped(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a signed document with a stamp of its signature.

        Raises
        ------
        HostError
            As :meth:`stamp`.
        """
        signature = dict(document["signature"])
        token = self.stamp(base64.b64decode(signature["value"]))
        signature["timestamp"] = base64.b64encode(token).decode()
        return {**document, "signature": signature}

    def _ready(self) -> None:
        """Make the authority's key and certificates, if they are not there."""
        done = self._folder / "authority.pem"
        if done.exists():
            return
        with exclusive(self._folder / ".lock"):
            if done.exists():
                return
            key = ec.generate_private_key(ec.SECP256R1())
            began = now()
            issuer = self._signer.certify(_issuer(self._signer, began))
            certificate = self._signer.certify(_authority(key, issuer, began))
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            durable.write_file(self._folder / "authority.key", pem, mode=0o400)
            durable.write_file(self._folder / "issuer.pem", _pem(issuer))
            serial = f"{secrets.randbits(63) | 1 << 62:X}\n".encode()
            durable.write_file(self._folder / "serial", serial, mode=0o600)
            durable.write_file(done, _pem(certificate))


def stamp_of(document: dict[str, Any]) -> datetime | None:
    """Return when the signature of a document was stamped, None if it was not.

    Raises
    ------
    IntegrityError
        If its time stamp does not hold.
    """
    signed = document["signature"]
    if "timestamp" not in signed:
        return None
    value, key = (base64.b64decode(signed[name]) for name in ("value", "public_key"))
    try:
        return verify_certificate.stamp_time(signed["timestamp"], value, key)
    except verify_certificate.InvalidCertificateError as error:
        raise IntegrityError(f"The document does not hold: {error}.") from error


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise HostError(
            "Time stamps need OpenSSL, which is not on this machine: apt-get install"
            " openssl."
        )
    done = subprocess.run(
        [program, "ts", *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise HostError(f"OpenSSL made no time stamp: {done.stderr.strip()[:500]}")


def _issuer(signer: Signer, began: datetime) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Research enclave")])
    return _builder(name, name, began, signer.verifying_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )


def _authority(
    key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate, began: datetime
) -> x509.CertificateBuilder:
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Research enclave, time stamps")]
    )
    made = _builder(name, issuer.subject, began, key.public_key())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return made.add_extension(usage, critical=True)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    began: datetime,
    key: CertificatePublicKeyTypes,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began - timedelta(minutes=5))
        .not_valid_after(began + _YEARS)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
