"""The closed words in which mappings and the catalogue describe tables."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


Kind = Literal["person", "event", "reference"]

# What a value is. A ``person`` is another person: an id in the source, a key here.
ValueType = Literal[
    "string", "integer", "number", "date", "datetime", "boolean", "person"
]

# What a value means to whoever reads tables without knowing the hospital.
Role = Literal[
    "person",
    "date",
    "end",
    "code",
    "code_system",
    "value",
    "value_text",
    "operator",
    "unit",
    "low",
    "high",
    "source",
    "contact",
    "sex",
    "birth_date",
    "death_date",
    "from",
    "to",
]

# From what may never leave the door to what tells nothing about anybody.
Sensitivity = Literal["direct_identifier", "quasi_identifier", "sensitive", "plain"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Described(BaseModel):
    """A frozen description. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Described):
    """What something is called, for people."""

    en: str
    da: str
