"""A question as a piece of an address: its JSON in base64, without padding.

Long ones are compressed before: a code list of some hundred codes fits in then.
"""

import base64
import binascii
import zlib

from pydantic import ValidationError

from enclave.cohort.question import Question
from enclave.cohort.reading import MAXIMUM_BYTES
from enclave.errors import InputError


# What stands in an address must pass a proxy in front, which takes 16 kB of headers.
LONGEST = 8_000
_SHORT = 1_500  # bytes that are left as they are


def pack(question: Question) -> str:
    """Write a question so that it can stand in an address, if it is not too long."""
    document = question.model_dump_json(exclude_none=True).encode()
    if len(document) > _SHORT:
        document = zlib.compress(document, 9)
    return base64.urlsafe_b64encode(document).decode().rstrip("=")


def fits(packed: str) -> bool:
    """Whether a packed question is short enough for an address."""
    return len(packed) <= LONGEST


def unpack(text: str) -> Question:
    """Read a question from an address.

    Raises
    ------
    InputError
        If the address is not whole.
    """
    try:
        document = base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
        return Question.model_validate_json(_inflated(document))
    except (binascii.Error, zlib.error, ValidationError, ValueError):
        raise InputError(
            "The question in this address cannot be read, perhaps because the address"
            " was cut. Go back to where you counted, and use the button there."
        ) from None


def _inflated(document: bytes) -> bytes:
    """Return the JSON of a document, no larger than any question may be."""
    if document.startswith(b"{"):
        return document
    inflating = zlib.decompressobj()
    text = inflating.decompress(document, MAXIMUM_BYTES)
    if not inflating.eof:  # cut, or too large
        raise ValueError
    return text
