"""Check the certificate of a re-run without the enclave.

    python -I verify_certificate.py CERTIFICATE.json [PUBLIC_KEY]

This file stands alone: it needs Python 3.10 or later and the package ``cryptography``.
A journal or an auditor may keep it, read it in a minute, and run it offline in ten
years.

The certificate is a JSON object. Its member ``signature`` holds an Ed25519 signature
(RFC 8032) of everything else in canonical form: members sorted by name, no white space,
UTF-8, as in RFC 8785. PUBLIC_KEY is the issuer's, 32 bytes in base64, got by another
way than the certificate. Without it, a valid signature shows that nothing was changed
since it was signed, but not by whom.

It ends with 0 if the certificate is valid, 5 if not, and 2 if it cannot be read.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


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
    trust = "trusted" if trusted_key else "not compared with a trusted key"
    return f"{summary(content)}\nsigned by  {key_id(key_bytes)}, {trust}"


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def summary(content: Any) -> str:
    """Return what a certificate states, one line for each thing."""
    if (content.get("type"), content.get("version")) != ("rerun-certificate", 1):
        raise InvalidCertificateError("it is no certificate of a re-run, version 1")
    try:
        lines = {
            "analysis": f"{content['analysis']}, re-run {content['rerun']}",
            "verdict": content["verdict"],
            "outputs": ", ".join(
                f"{number} {verdict}"
                for verdict, number in content["outputs"].items()
                if number
            ),
            "data": content["data"],
            "kernel": content["kernel"]["name"],
            "snapshot": content["delivery"]["snapshot"]["number"],
            "completed": content["completed"],
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidCertificateError("it lacks what a certificate says") from error
    return "\n".join(f"{name:<10} {printable(text)}" for name, text in lines.items())


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
