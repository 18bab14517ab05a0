"""Keep CPR numbers out of what people write in forms and reasons.

These texts are read by many and stay in the history for ever, while only the door of
the warehouse may see a national id. A number pasted by mistake is refused at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from enclave.errors import InputError
from enclave.identity import cpr
from enclave.projects.forms.reading import FormError, Problem


_WORDS = "holds what looks like a CPR number: remove it, forms name no patients"


def check_form(document: Mapping[str, Any], kind: str = "") -> None:
    """Refuse a form with a CPR number in any of its texts.

    ``kind`` is what is applied for with it; empty where it is no application's.

    Raises
    ------
    FormError
        Naming the fields, and never the numbers.
    """
    found = [
        Problem(field, _WORDS)
        for field, text in _texts("", document)
        if any(cpr.find(text))
    ]
    if found:
        raise FormError("The form was not kept:", found, kind)


def check_reason(text: str) -> None:
    """Refuse a reason with a CPR number in it.

    Raises
    ------
    InputError
        Without repeating the number.
    """
    if any(cpr.find(text)):
        raise InputError(f"The reason {_WORDS}.")


def _texts(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field or "form", value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            # Codes may look like anything; the question has its own rules.
            if name != "population":
                yield from _texts(f"{field}.{name}".removeprefix("."), inner)
    elif isinstance(value, Sequence):
        for number, inner in enumerate(value):
            yield from _texts(f"{field}[{number}]", inner)
