"""Harmonisation rules: what projects found out about a variable, put right at the load.

A rule is data, never code, and names the rows it is about by values of their own table.
The same condition says which rows of a snapshot a rule would touch, and touches them in
the next load: the preview and the effect cannot differ in what they mean.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from enclave.warehouse.sql import identifier, literal, literals
from enclave.warehouse.vocabulary import Described, Name, Role, ValueType


FULL_NAME = r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$"
FullName = Annotated[str, Field(pattern=FULL_NAME)]
Text = Annotated[str, Field(min_length=1, max_length=100)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=50)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

# Rules never touch who a row is about, or when it happened, nor choose rows by it.
HARMONISED: frozenset[Role | None] = frozenset(
    {None, "code", "code_system", "value", "value_text", "operator", "unit", "source"}
)

_NUMBERS: frozenset[ValueType] = frozenset({"number", "integer"})


class Where(Described):
    """Only rows in which another variable of the table holds this text."""

    variable: Name
    equals: Text


class _Rule(Described):
    variable: FullName
    where: Annotated[tuple[Where, ...], Field(max_length=5)] = ()

    @property
    def table(self) -> str:
        """The table it is about."""
        return self.variable.partition(".")[0]

    @property
    def column(self) -> str:
        """The variable's name within its table."""
        return self.variable.partition(".")[2]

    @property
    def needs(self) -> set[str]:
        """Names of the columns that it reads or writes."""
        return {self.column, *(one.variable for one in self.where)}

    @property
    def types(self) -> frozenset[ValueType]:
        """Of which types its variable may be."""
        return _NUMBERS

    def condition(self) -> str:
        """Return SQL that is true of the rows it is about, and else false."""
        rows = [
            f"CAST({identifier(one.variable)} AS VARCHAR) = {literal(one.equals)}"
            for one in self.where
        ]
        return f"coalesce({' AND '.join([*rows, self._met()])}, false)"

    def replacements(self) -> dict[str, str]:
        """Return the new value of each column that changes in those rows, as SQL."""
        raise NotImplementedError

    def _met(self) -> str:
        raise NotImplementedError


class Recode(_Rule):
    """Some texts are written as another: one spelling, one code for one thing."""

    kind: Literal["recode"]
    texts: Texts
    to: Text

    @property
    def types(self) -> frozenset[ValueType]:
        """Of which types its variable may be."""
        return frozenset({"string"})

    def replacements(self) -> dict[str, str]:
        """Return the new value of each column that changes in those rows, as SQL."""
        return {self.column: literal(self.to)}

    def _met(self) -> str:
        return f"{identifier(self.column)} IN ({literals(self.texts)})"


class NoValue(_Rule):
    """Some texts or numbers say that there is no value: 999, unknown."""

    kind: Literal["no_value"]
    texts: Texts

    @property
    def types(self) -> frozenset[ValueType]:
        """Of which types its variable may be."""
        return frozenset({"string", *_NUMBERS})

    def replacements(self) -> dict[str, str]:
        """Return the new value of each column that changes in those rows, as SQL."""
        return {self.column: "NULL"}

    def _met(self) -> str:
        name = identifier(self.column)
        same = f"CAST({name} AS VARCHAR) IN ({literals(self.texts)})"
        numbers = ", ".join(f"TRY_CAST({literal(one)} AS DOUBLE)" for one in self.texts)
        return f"({same} OR TRY_CAST({name} AS DOUBLE) IN ({numbers}))"


class Limits(_Rule):
    """What lies outside the limits is no value of a living person."""

    kind: Literal["limits"]
    lowest: Finite | None = None
    highest: Finite | None = None

    @model_validator(mode="after")
    def _has_limits_in_order(self) -> Self:
        if self.lowest is None and self.highest is None:
            raise ValueError("give lowest, highest or both")
        lowest = -math.inf if self.lowest is None else self.lowest
        if lowest > (math.inf if self.highest is None else self.highest):
            raise ValueError("lowest is above highest")
        return self

    def replacements(self) -> dict[str, str]:
        """Return the new value of each column that changes in those rows, as SQL."""
        return {self.column: "NULL"}

    def _met(self) -> str:
        name, sides = identifier(self.column), []
        if self.lowest is not None:
            sides.append(f"{name} < {self.lowest!r}")
        if self.highest is not None:
            sides.append(f"{name} > {self.highest!r}")
        return f"({' OR '.join(sides)})"


class Convert(_Rule):
    """Values in one unit are given in another: multiplied, and the unit renamed."""

    kind: Literal["convert"]
    unit_variable: Name = "unit"
    from_unit: Text
    to_unit: Text
    factor: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _changes_the_unit(self) -> Self:
        # Else it would be done again by whoever loads what was loaded.
        if self.from_unit == self.to_unit:
            raise ValueError("from_unit and to_unit are the same")
        return self

    @property
    def needs(self) -> set[str]:
        """Names of the columns that it reads or writes."""
        return {*super().needs, self.unit_variable}

    @property
    def types(self) -> frozenset[ValueType]:
        """Of which types its variable may be."""
        return frozenset({"number"})

    def replacements(self) -> dict[str, str]:
        """Return the new value of each column that changes in those rows, as SQL."""
        return {
            self.column: f"{identifier(self.column)} * {self.factor!r}",
            self.unit_variable: literal(self.to_unit),
        }

    def _met(self) -> str:
        return f"{identifier(self.unit_variable)} = {literal(self.from_unit)}"


Rule = Annotated[Recode | NoValue | Limits | Convert, Field(discriminator="kind")]
RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def fits(rule: Rule, columns: Mapping[str, tuple[ValueType, Role | None]]) -> bool:
    """Say whether a table with these columns is one that a rule can be about."""
    return (
        rule.needs <= columns.keys()
        and columns[rule.column][0] in rule.types
        and all(
            kind not in {"person", "date", "datetime"} and role in HARMONISED
            for kind, role in (columns[name] for name in rule.needs)
        )
    )


def harmonised(selection: str, rules: Iterable[Rule]) -> str:
    """Return SQL of rows after some rules of their table, one rule after the other."""
    for rule in rules:
        # Once for each row, before anything is replaced.
        met = f"FROM ({selection}) SELECT *, {rule.condition()} AS _met"
        replaced = ", ".join(
            f"CASE WHEN _met THEN {value} ELSE {identifier(name)} END"
            f" AS {identifier(name)}"
            for name, value in rule.replacements().items()
        )
        selection = f"FROM ({met}) SELECT * EXCLUDE (_met) REPLACE ({replaced})"
    return selection
