"""What the fields of all forms share: labels in both languages, and types of text."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)


def label(english: str, danish: str, **more: Any) -> Any:
    """Return a pydantic field with its labels."""
    # Both by name: pydantic drops the plain title beside some references.
    both: dict[str, Any] = {"title_en": english, "title_da": danish}
    return Field(title=english, json_schema_extra=both, **more)


def _is_address(text: str) -> str:
    name, _, host = text.partition("@")
    if not name or "." not in host.strip(".") or " " in text:
        raise ValueError("is not an e-mail address: give the institutional one")
    return text.lower()


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Email = Annotated[Line, AfterValidator(_is_address)]
Section = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=20, max_length=20_000)
]
Justification = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2_000)
]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=30)]
VariableName = Annotated[str, Field(pattern=r"^\w+\.\w+$", max_length=120)]


class Part(BaseModel):
    """A form, or a part of one: frozen, and without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Part):
    """The days the data may come from, first and last included."""

    start: Annotated[date, label("From", "Fra")]
    end: Annotated[date, label("To", "Til")]

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.start > self.end:
            raise ValueError("ends before it begins: swap the two dates")
        return self
