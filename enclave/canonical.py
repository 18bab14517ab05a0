"""One way to write a document as bytes, so that it can be hashed, signed and compared.

The form follows RFC 8785 (JSON Canonicalization Scheme) for what the project writes:
keys sorted, no white space, UTF-8, no NaN or infinity. Dates are ISO 8601 text.
"""

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any


def canonical_json(document: Any) -> bytes:
    """Write a JSON document in its one canonical form.

    Raises
    ------
    TypeError
        If the document holds something that is not JSON, a date or a path.
    ValueError
        If it holds NaN or an infinity.
    """
    return json.dumps(
        document,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_as_text,
    ).encode()


def _as_text(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest(document: Any) -> str:
    """Return the SHA-256 of a document's canonical form, in hex."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
