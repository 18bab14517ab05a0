"""Read a question that a person or a program wrote as JSON."""

from typing import Any

from pydantic import ValidationError

from enclave.cohort.question import Question
from enclave.errors import InputError


# pydantic names the chosen kind of criterion or comparison in the place of an error;
# the JSON has no such level.
_CHOICES = {"event", "within", "around", "during", "sequence", "same_contact"}
_CHOICES |= {"all_of", "any_of", "at_least_of", "not"}
_CHOICES |= {"between", "<", "<=", ">", ">=", "="}

_MESSAGES = {
    "extra_forbidden": "No such field. Take it out, or check how it is spelt.",
    "missing": "The field is missing. Add it.",
    "union_tag_not_found": "Add the field {discriminator}, which says what this is.",
    "union_tag_invalid": "Write one of {expected_tags} as {discriminator}.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "json_invalid": "This is not JSON: {error}.",
}
_SHOWN = 10


def read_question(text: str | bytes) -> Question:
    """Read a question from its JSON text.

    Raises
    ------
    InputError
        Naming each place that is wrong, and what to write there.
    """
    try:
        return Question.model_validate_json(text)
    except ValidationError as error:
        problems = [_problem(found) for found in _causes(error)]
        more = len(problems) - _SHOWN
        lines = problems[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise InputError(
            "This question cannot be asked:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from error


def _causes(error: ValidationError) -> list[dict[str, Any]]:
    """Leave out the lists that are empty only because what they held was wrong."""
    found: list[dict[str, Any]] = [{**each} for each in error.errors()]
    places = [each["loc"] for each in found]
    return [
        each
        for each in found
        if not any(_lies_in(place, each["loc"]) for place in places)
    ]


def _lies_in(place: tuple[str | int, ...], outer: tuple[str | int, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _problem(found: dict[str, Any]) -> str:
    place = ""
    for part in found["loc"]:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part not in _CHOICES:
            place += f".{part}" if place else part
    template = _MESSAGES.get(found["type"])
    if template is None:
        message = str(found["msg"]).removeprefix("Value error, ").rstrip(".") + "."
    else:
        message = template.format_map(found.get("ctx", {}))
    return f"{place}: {message}" if place else message
