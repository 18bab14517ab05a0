"""What the API answers about the catalogue, as one agreed shape."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from enclave.warehouse.catalogue import Profile, TableEntry, Variable
from enclave.warehouse.vocabulary import Kind, Label, Sensitivity, ValueType


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class UnitShare(_Answer):
    """How much of what a source delivers is in a unit.

    Attributes
    ----------
    source, unit
        ``None`` where the rows name none.
    share
        Of the table's rows with a value, to two digits.
    """

    table: str
    source: str | None
    unit: str | None
    share: float


class VariableAnswer(_Answer):
    """A variable, named ``table.variable``, with its label in one language."""

    name: str
    label: str
    type: ValueType
    unit: str | None
    code_system: str | None
    sensitivity: Sensitivity

    @classmethod
    def of(cls, variable: Variable, language: str) -> "VariableAnswer":
        """Describe a variable."""
        return cls(**_of_variable(variable, language))


class ProfiledVariable(VariableAnswer):
    """A variable, and what its values are like."""

    profile: Profile


class TableAnswer(_Answer):
    """A table; rows and persons are as coarse as the catalogue has them."""

    name: str
    kind: Kind
    label: str
    rows: int
    persons: int | None
    coverage_from: date | None
    coverage_to: date | None
    code_system: str | None
    variables: tuple[ProfiledVariable, ...]

    @classmethod
    def of(cls, table: TableEntry, language: str) -> "TableAnswer":
        """Describe a table."""
        return cls(
            name=table.name,
            kind=table.kind,
            label=_said(table.label, language),
            rows=table.rows,
            persons=table.persons,
            coverage_from=table.coverage_from,
            coverage_to=table.coverage_to,
            code_system=table.code_system,
            variables=tuple(
                ProfiledVariable(**_of_variable(one, language), profile=one.profile)
                for one in table.variables
            ),
        )


class CatalogueAnswer(_Answer):
    """Every table of a snapshot, and the units that its sources deliver."""

    snapshot: int
    tables: tuple[TableAnswer, ...]
    units: tuple[UnitShare, ...]


def _of_variable(variable: Variable, language: str) -> dict[str, Any]:
    return {
        "name": variable.full_name,
        "label": _said(variable.label, language),
        "type": variable.type,
        "unit": variable.unit,
        "code_system": variable.code_system,
        "sensitivity": variable.sensitivity,
    }


def _said(label: Label, language: str) -> str:
    return label.da if language == "da" else label.en
