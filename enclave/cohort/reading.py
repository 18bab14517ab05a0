"""Read a question that a person or a program wrote as JSON."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from enclave.cohort import faults
from enclave.cohort.question import Question
from enclave.errors import InputError


Made = TypeVar("Made")

# More than the largest question that may be asked takes, and as much as the portal
# takes at once.
MAXIMUM_BYTES = 4_000_000


def read_question(text: str | bytes) -> Question:
    """Read a question from its JSON text.

    Raises
    ------
    InputError
        Naming each place that is wrong, and what to write there.
    """
    if len(text) > MAXIMUM_BYTES:
        raise InputError(
            f"The question is larger than {MAXIMUM_BYTES} bytes: use prefixes for long"
            " code lists, or split it."
        )
    return made(lambda: Question.model_validate_json(text))


def made(make: Callable[[], Made]) -> Made:
    """Make a question or a part of one, or say what is wrong with it.

    Raises
    ------
    InputError
        As of :func:`read_question`.
    """
    try:
        return make()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    # Out here, or the error, which repeats what was written, would be its context.
    raise InputError(faults.in_all(found))
