"""What is wrong with a document that should be a question: where, what and what to do.

pydantic's own sentences speak to programmers, in English alone, and some repeat what
was written. None of them is ever passed on, and of what was written only names that
look like names: an unknown field may be called by a CPR number.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from enclave.cohort.node import DIGEST, TABLE_NAME, VARIABLE_NAME
from enclave.identity import cpr
from enclave.warehouse.harmonisation import FULL_NAME


Location = tuple[str | int, ...]
Found = Mapping[str, Any]

# pydantic names the chosen kind of criterion or comparison in the place of an error;
# the JSON has no such level.
_CHOICES = {"event", "within", "around", "during", "sequence", "same_contact"}
_CHOICES |= {"all_of", "any_of", "at_least_of", "not"}
_CHOICES |= {"between", "<", "<=", ">", ">=", "="}

SENTENCES = {
    "missing": "The field is missing. Add it.",
    "extra_forbidden": "No such field. Take it out, or check how it is spelt.",
    "union_tag_not_found": "Add the field {discriminator}, which says what this is.",
    "union_tag_invalid": "Write one of {expected_tags} as {discriminator}.",
    "literal_error": "Write one of these: {expected}.",
    "enum": "Write one of these: {expected}.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "string_too_short": "The text is too short: at least {min_length} characters.",
    "string_too_long": "The text is too long: at most {max_length} characters.",
    "greater_than_equal": "The number is too small: write {ge} or more.",
    "greater_than": "The number is too small: write more than {gt}.",
    "less_than_equal": "The number is too large: write {le} or less.",
    "less_than": "The number is too large: write less than {lt}.",
    "finite_number": "Write a number that ends, not NaN or Infinity.",
    "recursion_loop": "Too much stands inside each other: split the question.",
}
_WHOLE = "Write a whole number here, without quotation marks."
_NUMBER = "Write a number here, with a decimal point and without quotation marks."
_YES_OR_NO = "Write true or false here, without quotation marks."
_TEXT = "Write a text here, in quotation marks."
_LIST = "Write a list here, in square brackets."
_OBJECT = "Write fields here, in curly brackets."
_VARIABLE = "Write the variable as the catalogue does: table.variable."
_DATE = "Write the date as year-month-day, for instance 2019-03-31."
# The beginning of the name of a mistake is the type that was expected.
KINDS = {
    "int": _WHOLE,
    "float": _NUMBER,
    "bool": _YES_OR_NO,
    "string": _TEXT,
    "tuple": _LIST,
    "list": _LIST,
    "frozen": _LIST,
    "model": _OBJECT,
    "dict": _OBJECT,
    "mapping": _OBJECT,
    "date": _DATE,
}
PATTERNS = {
    VARIABLE_NAME: _VARIABLE,
    FULL_NAME: _VARIABLE,
    TABLE_NAME: "Write the table as the catalogue does: letters, digits and _.",
    DIGEST: "Write the digest of the saved code list, 64 digits, or leave it out.",
}
OTHER = "This is not what belongs here: compare it with an example."
NO_JSON = "This is not JSON: look for a missing bracket, comma or quotation mark."
NO_JSON_AT = "This is not JSON: look at line {line}, character {column}, and before."

_AT = re.compile(r"line (\d+) column (\d+)")
# Also those of variables: table.variable.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,126}")
_POINTS = re.compile(r"[_.]")
_LETTERS = re.compile(r"[^\W\d]|[_.]")
_UNREADABLE = "?"
_LONGEST_PLACE = 200
SHOWN = 10


def in_all(found: Iterable[Found]) -> str:
    """Say that this is no question, and each thing that is wrong in a line."""
    said = "\n".join(f"  {line}" for line in lines_of(found))
    return f"This question cannot be asked:\n{said}"


def lines(error: ValidationError) -> Iterator[str]:
    """Say each thing that is wrong in a line, and how many more there are."""
    yield from lines_of(error.errors(include_url=False, include_input=False))


def lines_of(found: Iterable[Found]) -> Iterator[str]:
    """Say in words what pydantic found, each behind its place."""
    causes = _causes(list(found))
    for one in causes[:SHOWN]:
        where = place(one)
        yield f"{where}: {sentence(one)}" if where else sentence(one)
    if len(causes) > SHOWN:
        yield f"and {len(causes) - SHOWN} more"


def sentence(found: Found) -> str:
    """Say what is wrong, and what to write instead."""
    kind, values = str(found["type"]), found.get("ctx", {})
    if kind == "value_error":
        # Ours: what the validators of the parts of a question say.
        return _masked(str(values["error"]).rstrip(".") + ".")
    if kind == "json_invalid":
        at = _AT.search(str(values.get("error", "")))
        return NO_JSON_AT.format(line=at[1], column=at[2]) if at else NO_JSON
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(values.get("pattern"), OTHER)
    if kind in SENTENCES:
        shown = {name: _listed(value) for name, value in values.items()}
        return SENTENCES[kind].format_map(shown)
    return KINDS.get(kind.split("_", maxsplit=1)[0], OTHER)


def place(found: Found) -> str:
    """Return where in the JSON something is wrong: ``criteria[0].codes``."""
    location: Location = tuple(found["loc"])
    if found["type"] == "json_invalid":
        return ""
    text = ""
    for number, part in enumerate(location):
        # An unknown field may be called as a kind of criterion is.
        named = number == len(location) - 1 and found["type"] == "extra_forbidden"
        if isinstance(part, int):
            text += f"[{part}]"
        elif named or part not in _CHOICES:
            text += f".{_name(part)}"
    text = text.removeprefix(".")
    if len(text) > _LONGEST_PLACE:
        half = _LONGEST_PLACE // 2
        return f"{text[:half]}…{text[-half:]}"
    return text


def _causes(found: list[Found]) -> list[Found]:
    """Leave out the lists that are empty only because what they held was wrong."""
    outer = {
        tuple(one["loc"][:length]) for one in found for length in range(len(one["loc"]))
    }
    return [one for one in found if tuple(one["loc"]) not in outer]


def _name(part: str) -> str:
    known = _NAME.fullmatch(part) and _masked(part) == part
    return part if known else _UNREADABLE


def _masked(text: str) -> str:
    """Return a sentence without what looks like a CPR number in it."""
    # Some have letters; others may have letters, points or _ beside them.
    for other in (_POINTS, _LETTERS):
        for each in reversed(list(cpr.find(other.sub(" ", text)))):
            text = f"{text[: each.start]}{_UNREADABLE}{text[each.end :]}"
    return text


def _listed(value: object) -> str:
    """Write the choices of pydantic without its last "or", in any language."""
    return str(value).replace(" or ", ", ")
