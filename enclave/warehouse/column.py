"""One column of a mapping: where it comes from, and what it is.

A mapping is data, never code: a column is read as it stands, recoded by a table, or
derived in one of the few ways below. What cannot be said so belongs in a view of the
source.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from enclave.warehouse.vocabulary import (
    Described,
    Label,
    Name,
    Role,
    Sensitivity,
    ValueType,
)


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    # YAML reads 8507 as a number, which is harmless, and `no` as false, which is not.
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


def _text_keys(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, bool) for key in value):
        raise ValueError("put yes, no, on and off in quotes: YAML reads truth values")
    return {str(key): item for key, item in value.items()}


# The first of these names that the source has, whatever its case.
SourceNames = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]
Text = Annotated[str, BeforeValidator(_as_text)]


class Constant(Described):
    """The same value in every row."""

    kind: Literal["constant"]
    value: str | date


class DaysAfter(Described):
    """A date, from a number of days after (or, negative, before) a fixed origin."""

    kind: Literal["days_after"]
    origin: date
    source: SourceNames


class AgeAt(Described):
    """A birth date, from the age in completed years on a fixed day.

    The middle of the possible birth dates is taken: half a year before the birthday
    that the person would have on that day. The age on that day comes out exactly, and
    at any other day it is wrong by half a year at most.
    """

    kind: Literal["age_at"]
    at: date
    source: SourceNames


class DateParts(Described):
    """A date from its parts.

    What is missing counts as the middle of what is possible: the 15th of the month, or
    the 1st of July of the year.
    """

    kind: Literal["date_parts"]
    year: SourceNames
    month: SourceNames
    day: SourceNames


class FirstOf(Described):
    """The person's earliest date in another table of the mapping."""

    kind: Literal["first_of"]
    table: Name
    variable: Name


class ReplyPart(Described):
    """The number or the operator in a laboratory's reply: 4 and ``<`` in ``<4``."""

    kind: Literal["number_in", "operator_in"]
    source: SourceNames


Derivation = Annotated[
    Constant | DaysAfter | AgeAt | DateParts | FirstOf | ReplyPart,
    Field(discriminator="kind"),
]


class Condition(Described):
    """Only rows in which a source column holds this text; others get no value."""

    source: SourceNames
    equals: Text


class Column(Described):
    """One column of a table of the warehouse.

    Attributes
    ----------
    name
        Its name in the warehouse.
    source
        Column of the source, or several names of which the first that exists counts.
    derive
        How it is made where it is not simply read; then there is no ``source``.
    recode, otherwise
        Text of the source to text of the warehouse, and what to do with other texts:
        ``error`` (a finding), ``missing`` (no value) or ``keep`` (as they are).
    formats
        How dates are written, in ``strptime`` letters; by default ISO 8601.
    decimal
        The decimal sign of numbers.
    missing
        Texts that mean "no value" in this column; by default those of the mapping.
    units
        Units known for a column of role ``unit``; any other is a finding.
    sensitivity
        A ``direct_identifier`` is named so that everybody knows it is there. It is
        neither read nor stored, unless it is a person, who becomes a key.
    unit, code_system
        The unit or code system of every value in the column.
    when
        Rows that get a value at all.
    optional
        True where a source may lack the column; it is then empty.
    """

    name: Name
    label: Label
    type: ValueType = "string"
    role: Role | None = None
    sensitivity: Sensitivity = "plain"
    source: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    derive: Derivation | None = None
    recode: Annotated[dict[str, Text], BeforeValidator(_text_keys)] = Field(
        default_factory=dict
    )
    otherwise: Literal["error", "missing", "keep"] = "error"
    formats: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    missing: tuple[str, ...] | None = None
    units: tuple[str, ...] = ()
    unit: str | None = None
    code_system: str | None = None
    when: Condition | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if bool(self.source) == (self.derive is not None):
            raise ValueError(f"{self.name}: give either a source or a derivation")
        if self.role == "person" and (self.name != "person" or not self.source):
            raise ValueError("the person column is read, and is called person")
        return self

    @property
    def stored(self) -> bool:
        """True unless it identifies directly; persons are stored as keys."""
        becomes_key = self.role == "person" or self.type == "person"
        return becomes_key or self.sensitivity != "direct_identifier"

    def sources(self) -> list[tuple[str, ...]]:
        """Return every source column it needs, each as its list of names."""
        needed = [self.source] if self.source else []
        match self.derive:
            case DaysAfter() | AgeAt() | ReplyPart():
                needed.append(self.derive.source)
            case DateParts():
                needed += [self.derive.year, self.derive.month, self.derive.day]
        if self.when is not None:
            needed.append(self.when.source)
        return needed
