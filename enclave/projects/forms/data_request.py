"""The data request: rows and variables for an approved project."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from enclave.cohort.question import Question
from enclave.projects.approvals import Approval
from enclave.projects.fields import (
    Justification,
    Line,
    Part,
    Slug,
    VariableName,
    Window,
    label,
)


class DatePolicy(StrEnum):
    """How precisely a delivery gives dates."""

    REAL = "real"
    SHIFT = "shift"
    MONTH = "month"
    YEAR = "year"


class Format(StrEnum):
    """What a delivered table may be written as."""

    PARQUET = "parquet"
    CSV = "csv"
    SAS = "sas"
    SAS_5 = "sas_5"
    STATA = "stata"


class Generalisation(StrEnum):
    """How a variable is made coarser than it is kept."""

    AGE_BAND = "age_band"
    RARE = "rare"


class DataRequestForm(Part):
    """Which rows and variables of the warehouse an approved project asks for.

    Attributes
    ----------
    project
        Slug of the project.
    population
        The question of the approved proposal, unchanged.
    variables
        ``table.variable`` as the catalogue names them.
    justifications
        For each variable, why the project needs it (data minimisation, GDPR article 5).
    generalise
        Variables that are given coarser: a birth date as ten years of age, a text
        without its rare values.
    members
        Account names; they alone will see the data.
    """

    project: Annotated[Slug, label("Project", "Projekt")]
    population: Annotated[Question, label("Study population", "Studiepopulation")]
    variables: Annotated[
        tuple[VariableName, ...],
        label("Variables", "Variable", min_length=1, max_length=2_000),
    ]
    justifications: Annotated[
        dict[str, Justification],
        label("Why each variable is needed", "Hvorfor hver variabel er nødvendig"),
    ]
    window: Annotated[Window, label("Period of the data", "Dataperiode")]
    date_policy: Annotated[DatePolicy, label("Precision of dates", "Datopræcision")]
    generalise: Annotated[
        dict[str, Generalisation],
        label("Variables that are given coarser", "Variable, der gives grovere"),
    ] = Field(default_factory=dict)
    formats: Annotated[
        tuple[Format, ...], label("Formats", "Formater", min_length=1)
    ] = (Format.PARQUET,)
    refresh: Annotated[Literal["once", "daily"], label("Refresh", "Opdatering")] = (
        "once"
    )
    members: Annotated[
        tuple[Line, ...], label("Users", "Brugere", min_length=1, max_length=100)
    ]
    approvals: Annotated[
        tuple[Approval, ...], label("Approvals", "Godkendelser", max_length=50)
    ]
    end_date: Annotated[date, label("Last day of access", "Sidste dag med adgang")]

    @field_validator("variables", "members", "formats")
    @classmethod
    def _names_each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {twice[0]} twice: keep it once")
        return names

    @field_validator("justifications")
    @classmethod
    def _justifies_each_variable(
        cls, texts: dict[str, str], info: ValidationInfo
    ) -> dict[str, str]:
        asked = info.data.get("variables", ())
        missing = [name for name in asked if name not in texts]
        if missing:
            raise ValueError(
                f"says nothing about {', '.join(missing[:5])}: write why the project"
                " needs each variable, or leave the variable out"
            )
        stray = [name for name in texts if asked and name not in asked]
        if stray:
            raise ValueError(
                f"justifies {stray[0]}, which is not asked for: add it to the"
                " variables, or remove the text"
            )
        return texts

    @field_validator("generalise")
    @classmethod
    def _generalises_what_is_asked_for(
        cls, coarser: dict[str, Generalisation], info: ValidationInfo
    ) -> dict[str, Generalisation]:
        asked = info.data.get("variables", ())
        stray = [name for name in coarser if asked and name not in asked]
        if stray:
            raise ValueError(
                f"generalises {stray[0]}, which is not asked for: add it to the"
                " variables, or remove it here"
            )
        return coarser
