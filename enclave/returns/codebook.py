"""The codebook of a cleaned dataset: what each column is and which values it may hold.

It is written by those who cleaned the data, and the checks hold the data to it. What a
codebook does not say is not guessed: a number without limits or a category without a
list is an invalid codebook.
"""

import math
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from enclave.errors import InputError


Kind = Literal["id", "number", "category", "date", "text"]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$")]

# How a date may be written; ISO 8601 unless the codebook says otherwise.
DateFormat = Literal["%Y-%m-%d", "%d-%m-%Y", "%Y-%m", "%Y"]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Described):
    """One column.

    Attributes
    ----------
    unit
        Unit of a number; ``1`` where it has none.
    minimum, maximum
        Between which a number must lie, both included.
    categories
        Each value that a category may have, and what it means.
    code_system
        Where the values are codes: ICD10, ATC, NPU, ...
    first, last
        Between which days a date must lie, both included; today by default.
    missing_means
        What a missing value says, where one may be missing: not measured, not asked.
    outliers_kept
        Why values far from all others are right, where there are such.
    """

    name: ColumnName
    label: Annotated[str, Field(min_length=3, max_length=200)]
    kind: Kind
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: dict[str, str] | None = None
    code_system: str | None = None
    date_format: DateFormat = "%Y-%m-%d"
    first: date | None = None
    last: date | None = None
    missing_means: str | None = None
    outliers_kept: str | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "Column":
        if self.kind == "number":
            if self.unit is None or self.minimum is None or self.maximum is None:
                raise ValueError(
                    "a number needs unit (1 where it has none), minimum and maximum"
                )
            if self.minimum > self.maximum:
                raise ValueError("minimum is above maximum")
        if self.kind == "category" and not self.categories:
            raise ValueError("a category needs the list of its categories")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value; for what is no number, all there are."""
        lowest = -math.inf if self.minimum is None else self.minimum
        highest = math.inf if self.maximum is None else self.maximum
        return lowest, highest


class Codebook(_Described):
    """What a dataset is, column by column in their order.

    Attributes
    ----------
    missing
        What stands where a value is missing; one token for the whole dataset.
    outcome
        Name of the column that the others are to explain.
    """

    title: Annotated[str, Field(min_length=3, max_length=200)]
    missing: Annotated[str, Field(max_length=20)]
    outcome: ColumnName
    columns: Annotated[tuple[Column, ...], Field(min_length=2, max_length=5000)]

    @model_validator(mode="after")
    def _describes_each_column_once(self) -> "Codebook":
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"described twice: {', '.join(twice)}")
        if self.outcome not in names:
            raise ValueError(f"the outcome {self.outcome} is none of its columns")
        if sum(column.kind == "id" for column in self.columns) != 1:
            raise ValueError("exactly one column is the id of the patient")
        return self

    @property
    def id(self) -> str:
        """Name of the column that says whose row it is."""
        return next(column.name for column in self.columns if column.kind == "id")

    def of_kind(self, *kinds: Kind) -> list[Column]:
        """Return the columns of these kinds, in order."""
        return [column for column in self.columns if column.kind in kinds]


def read_codebook(path: Path) -> Codebook:
    """Read a codebook from a JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it is no codebook; each fault is named with its
        place.
    """
    try:
        return Codebook.model_validate_json(path.read_bytes())
    except OSError as fault:
        raise InputError(
            f"The codebook {path.name} cannot be read: {fault.strerror}. Give the path"
            " of a JSON file."
        ) from fault
    except ValidationError as fault:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'codebook'}: {each['msg']}"
            for each in fault.errors(include_input=False, include_url=False)
        )
        raise InputError(
            f"{path.name} is no codebook: {faults}. `enclave returns codebook-schema`"
            " shows what one holds."
        ) from None
