"""What every part of a question has in common."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic._internal._model_construction import ModelMetaclass

from enclave.errors import InputError


class MalformedError(InputError, ValueError):
    """What was written is no question, and no part of one.

    Attributes
    ----------
    found
        What pydantic found, without what was written.
    """

    def __init__(self, said: str, found: list[Any]) -> None:
        super().__init__(said)
        self.found = found


class _Refusing(ModelMetaclass):
    """Says what is wrong with what is written in Python, in words and not pydantic's.

    Whatever is read from JSON is read by :mod:`enclave.cohort.reading`.
    """

    def __call__(cls, *given: Any, **named: Any) -> Any:  # noqa: N805 - of a class
        """Make a part of a question, or say why it cannot be made."""
        try:
            return super().__call__(*given, **named)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        # It speaks of parts of a question, which are made of these.
        from enclave.cohort import faults  # noqa: PLC0415

        # Out here, or the error, which repeats what was written, would be its context.
        raise MalformedError(faults.in_all(found), found)


# The kernels, the portal and the archive all keep questions for years: a field that a
# reader does not know must be an error, not a criterion that silently falls away.
class Node(BaseModel, metaclass=_Refusing):
    """A frozen part of a question. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EARLIEST, LATEST = date(1800, 1, 1), date(2200, 12, 31)


def _day(value: object) -> date:
    """Take a date or its ISO text, and not the numbers that pydantic would take."""
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if type(value) is not date:
        raise ValueError("Write the date as year-month-day, for instance 2019-03-31.")
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"Give a date from {EARLIEST} to {LATEST}.")
    return value


def _moment(value: object) -> date | str:
    return "index" if value == "index" else _day(value)


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError(
            "Take out the characters that cannot be seen: spaces at the ends, tabs,"
            " line breaks."
        )
    return text


Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[date | Literal["index"], BeforeValidator(_moment)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Text = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
TABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"
DIGEST = r"^[0-9a-f]{64}$"

TableName = Annotated[str, Field(max_length=63, pattern=TABLE_NAME)]
VariableName = Annotated[
    str,
    Field(
        max_length=127,
        pattern=VARIABLE_NAME,
        description="A variable of the catalogue, written table.variable.",
    ),
]
