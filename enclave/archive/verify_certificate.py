"""Check the certificate of a re-run without the enclave.

    python -I verify_certificate.py CERTIFICATE.json|CERTIFICATE.pdf [PUBLIC_KEY]

This file stands alone: it needs Python 3.10 or later and the package ``cryptography``.
A journal or an auditor may keep it, read it in a minute, and run it offline in ten
years.

The certificate is a JSON object. Its member ``signature`` holds an Ed25519 signature
(RFC 8032) of everything else in canonical form: members sorted by name, no white space,
UTF-8, as in RFC 8785. PUBLIC_KEY is the issuer's, 32 bytes in base64, got by another
way than the certificate. Without it, a valid signature shows that nothing was changed
since it was signed, but not by whom.

``signature.timestamp`` is an RFC 3161 token about the signature's bytes. It is signed
by an authority whose X.509 certificate the same key issued.

The PDF carries the JSON as an attachment, stored as it is, and ends with a comment: a
signed document with the SHA-256 of all bytes before. So the page that is read cannot be
changed either.

It ends with 0 if the certificate is valid, 5 if not, and 2 if it cannot be read.
"""

import base64
import hashlib
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID


PAGE_MARK = b"\n%enclave-certificate-page "

VALID, UNREADABLE, INVALID = 0, 2, 5


class InvalidCertificateError(Exception):
    """The certificate does not hold; the message says why."""


def canonical(document: Any) -> bytes:
    """Return the one form of a document that is signed."""
    return json.dumps(
        document,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice in an object."""
    if len(dict(pairs)) != len(pairs):
        raise InvalidCertificateError("it says one thing twice")
    return dict(pairs)


def check(document: Any, trusted_key: str | None = None) -> str:
    """Check a signed certificate and say in a few lines what it states."""
    key_bytes, value, content = verified(document, trusted_key)
    trust = "trusted" if trusted_key else "not compared with a trusted key"
    token = document["signature"].get("timestamp")
    stamped = "by nobody"
    if token is not None:
        stamped = f"{stamp_time(token, value, key_bytes):%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{summary(content)}\nstamped    {stamped}"
        f"\nsigned by  {key_id(key_bytes)}, {trust}"
    )


def verified(document: Any, trusted_key: str | None) -> tuple[bytes, bytes, Any]:
    """Return the public key, the signature and what was signed, if all of it holds."""
    try:
        signature = document["signature"]
        public_key = signature["public_key"]
        key_bytes = base64.b64decode(public_key)
        value = base64.b64decode(signature["value"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(key_bytes)
        algorithm = signature["algorithm"]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidCertificateError("it carries no readable signature") from error
    if algorithm != "ed25519":
        raise InvalidCertificateError("it is signed by an unknown algorithm")
    if trusted_key is not None and public_key != trusted_key:
        raise InvalidCertificateError("it is signed by another key than the trusted")
    content = {name: part for name, part in document.items() if name != "signature"}
    try:
        key.verify(value, canonical(content))
    except (InvalidSignature, ValueError) as error:
        raise InvalidCertificateError("it was changed after it was signed") from error
    return key_bytes, value, content


def in_page(content: bytes, trusted_key: str | None = None) -> Any:
    """Return the certificate that a PDF carries, if nothing of the PDF was changed."""
    page, mark, signed = content.rpartition(PAGE_MARK)
    if not mark:
        raise InvalidCertificateError("the page is not signed")
    try:
        statement = json.loads(signed, object_pairs_hook=without_repeats)
    except ValueError as error:
        raise InvalidCertificateError("the page's signature is not readable") from error
    page_key, _, said = verified(statement, trusted_key)
    told = {"type": "certificate-page", "sha256": hashlib.sha256(page).hexdigest()}
    if said != told:
        raise InvalidCertificateError("the page was changed after it was signed")
    streams = re.findall(rb"stream\r?\n(\{.*?\})\s*endstream", page, re.DOTALL)
    if len(streams) != 1:
        raise InvalidCertificateError("the page does not carry one certificate")
    document = json.loads(streams[0], object_pairs_hook=without_repeats)
    if verified(document, trusted_key)[0] != page_key:
        raise InvalidCertificateError("page and certificate are signed by two keys")
    return document


class Part(NamedTuple):
    """One element of a DER document: its tag, its content, and its bytes as a whole."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> "list[Part]":
        """Return the elements that it is made of."""
        found, rest = [], self.content
        while rest:
            one = Part.read(rest)
            found.append(one)
            rest = rest[len(one.whole) :]
        return found

    @classmethod
    def read(cls, data: bytes) -> "Part":
        """Read the first element of some bytes."""
        length, start = data[1], 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        if start + length > len(data):
            raise ValueError("an element is longer than what is there")
        return cls(data[0], data[start : start + length], data[: start + length])


# Object identifiers as they are encoded.
_STAMP_INFO = bytes.fromhex("2a864886f70d0109100104")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910022f")


def stamp_time(token: Any, stamped: bytes, issuer: bytes) -> datetime:
    """Return when some bytes were stamped, if the token holds (RFC 3161, RFC 5652)."""
    try:
        return _stamp_time(base64.b64decode(token, validate=True), stamped, issuer)
    except InvalidSignature as error:
        raise InvalidCertificateError("its time stamp is signed wrongly") from error
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise InvalidCertificateError("its time stamp is not readable") from error


def _stamp_time(token: bytes, stamped: bytes, issuer: bytes) -> datetime:
    signed_data = Part.read(token).parts()[1].parts()[0].parts()
    kind, wrapped = signed_data[2].parts()
    info = wrapped.parts()[0].content
    signer = signed_data[-1].parts()[0].parts()
    given = signer[3]
    attributes = {
        one.parts()[0].content: one.parts()[1].parts()[0] for one in given.parts()
    }
    known = signed_data[3].parts()
    # ESSCertIDv2, whose hash is SHA-256 unless it says otherwise, and it does not.
    ess = attributes[_SIGNING_CERTIFICATE].parts()[0].parts()[0].parts()[0].content
    (der,) = (one.whole for one in known if hashlib.sha256(one.whole).digest() == ess)
    imprint = Part.read(info).parts()[2].parts()[1].content
    for told, found in (
        (kind.content, _STAMP_INFO),
        (attributes[_CONTENT_TYPE].content, _STAMP_INFO),
        (attributes[_MESSAGE_DIGEST].content, hashlib.sha256(info).digest()),
        (imprint, hashlib.sha256(stamped).digest()),
    ):
        if told != found:
            raise InvalidCertificateError("its time stamp is about something else")
    authority = x509.load_der_x509_certificate(der)
    key = authority.public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise InvalidCertificateError("its time stamp is signed by another kind of key")
    # As a set, which is what was signed (RFC 5652, 5.4).
    key.verify(signer[-1].content, b"\x31" + given.whole[1:], ECDSA(SHA256()))
    moment = Part.read(info).parts()[4].content.decode()
    at = datetime.strptime(moment, "%Y%m%d%H%M%SZ").replace(
        tzinfo=timezone.utc  # noqa: UP017 - Python 3.10 has no other name
    )
    _check_authority(authority, issuer, at)
    return at


def _check_authority(authority: x509.Certificate, issuer: bytes, at: datetime) -> None:
    """Refuse an authority that the certificate's own key did not put in charge."""
    key = Ed25519PublicKey.from_public_bytes(issuer)
    key.verify(authority.signature, authority.tbs_certificate_bytes)
    usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    only = [*usage.value] == [ExtendedKeyUsageOID.TIME_STAMPING]
    if not (only and usage.critical):
        raise InvalidCertificateError("its time stamp is by no authority for that")
    if not authority.not_valid_before_utc <= at <= authority.not_valid_after_utc:
        raise InvalidCertificateError("its time stamp is outside the authority's years")


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def summary(content: Any) -> str:
    """Return what a certificate states, one line for each thing."""
    if (content.get("type"), content.get("version")) != ("rerun-certificate", 1):
        raise InvalidCertificateError("it is no certificate of a re-run, version 1")
    try:
        said = (content["verdict"], content.get("cause"))
        outputs = content["outputs"].items()
        counts = [f"{number} {verdict}" for verdict, number in outputs if number]
        lines = {
            "analysis": f"{content['analysis']}, re-run {content['rerun']}",
            "verdict": ": ".join(filter(None, said)).replace("_", " "),
            "outputs": ", ".join(counts) or "none",
            "data": content["data"],
            "kernel": ", ".join(
                [
                    now_and_then(content, "kernel", ("name",)),
                    *(one["name"] for one in content.get("more_kernels", ())),
                ]
            ),
            **started(content),
            "snapshot": now_and_then(content, "delivery", ("snapshot", "number")),
            "completed": content["completed"],
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidCertificateError("it lacks what a certificate says") from error
    return "\n".join(f"{name:<10} {printable(text)}" for name, text in lines.items())


def started(content: Any) -> dict[str, str]:
    """Say how its kernels were started, and what came of forks that did not count."""
    start, forks = content.get("start"), content.get("unconfirmed_forks")
    before = f"after forks that were discarded ({forks})" if forks else None
    said = ", ".join(filter(None, (start, before)))
    return {"started": said} if said else {}


def now_and_then(content: Any, what: str, path: tuple[str, ...]) -> str:
    """Say what was recorded, and what it was executed with if that was another."""
    recorded, other = content[what], content.get(f"other_{what}")
    for name in path:
        recorded, other = recorded[name], other and other[name]
    return f"{other}, where {recorded} was recorded" if other else str(recorded)


def printable(value: Any) -> str:
    """Return a text that cannot move the cursor of a terminal."""
    return "".join(each if each.isprintable() else "?" for each in str(value))


def main(arguments: list[str]) -> int:
    """Check the file that is named on the command line."""
    if len(arguments) not in (1, 2):
        sys.stderr.write(f"{__doc__}")
        return UNREADABLE
    trusted_key = arguments[1].strip() if len(arguments) == 2 else None
    try:
        content = Path(arguments[0]).read_bytes()
        if content.startswith(b"%PDF-"):
            document = in_page(content, trusted_key)
        else:
            document = json.loads(content, object_pairs_hook=without_repeats)
        stated = check(document, trusted_key)
    except InvalidCertificateError as error:
        sys.stderr.write(f"INVALID: {error}.\n")
        return INVALID
    except (OSError, ValueError, RecursionError) as error:
        sys.stderr.write(f"UNREADABLE: {type(error).__name__}.\n")
        return UNREADABLE
    sys.stdout.write(f"VALID: the certificate is as it was signed.\n{stated}\n")
    return VALID


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
