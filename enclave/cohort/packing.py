"""A question as a piece of an address: its JSON in base64, without padding."""

import base64
import binascii

from pydantic import ValidationError

from enclave.cohort.question import Question
from enclave.errors import InputError


def pack(question: Question) -> str:
    """Write a question so that it can stand in an address."""
    document = question.model_dump_json(exclude_none=True).encode()
    return base64.urlsafe_b64encode(document).decode().rstrip("=")


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
        return Question.model_validate_json(document)
    except (binascii.Error, ValidationError, ValueError):
        raise InputError(
            "The question in this address cannot be read, perhaps because the address"
            " was cut. Go back to where you counted, and use the button there."
        ) from None
