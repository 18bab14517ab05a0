"""The data request: rows and variables for an approved project."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

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


class VariablePeriod(Part):
    """For which days round the index event a variable is given; negative before it."""

    variable: Annotated[VariableName, label("Variable", "Variabel")]
    days_from: Annotated[int, label("From day", "Fra dag", ge=-36_500, le=36_500)]
    days_to: Annotated[int, label("To day", "Til dag", ge=-36_500, le=36_500)]

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.days_from > self.days_to:
            raise ValueError("ends before it begins: swap the two days")
        return self


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
    periods
        For some variables, the days round each person's index event outside which
        their values are left out. What is not named has the whole period of the data.
    members
        Account names; they alone will see the data.
    storage_place, storage_approval
        Where results and data are kept if not only in the enclave, and which approval
        of data protection covers that place.
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
    periods: Annotated[
        tuple[VariablePeriod, ...],
        label(
            "Period of single variables", "Periode for enkelte variable", max_length=200
        ),
    ] = ()
    formats: Annotated[
        tuple[Format, ...], label("Formats", "Formater", min_length=1)
    ] = (Format.PARQUET,)
    refresh: Annotated[Literal["once", "daily"], label("Refresh", "Opdatering")] = (
        "once"
    )
    members: Annotated[
        tuple[Line, ...], label("Users", "Brugere", min_length=1, max_length=100)
    ]
    storage: Annotated[
        Literal["enclave_only", "elsewhere"],
        label("Where the data are kept", "Hvor data opbevares"),
    ] = "enclave_only"
    storage_place: Annotated[
        str, label("Which place", "Hvilket sted", max_length=200)
    ] = ""
    storage_approval: Annotated[
        str,
        label(
            "Its data-protection approval",
            "Dets databeskyttelsesgodkendelse",
            max_length=200,
        ),
    ] = ""
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

    @field_validator("periods")
    @classmethod
    def _limits_what_is_asked_for(
        cls, periods: tuple[VariablePeriod, ...], info: ValidationInfo
    ) -> tuple[VariablePeriod, ...]:
        asked = info.data.get("variables", ())
        names = [one.variable for one in periods]
        stray = [name for name in names if asked and name not in asked]
        if stray:
            raise ValueError(
                f"gives a period for {stray[0]}, which is not asked for: add it to the"
                " variables, or remove it here"
            )
        if len({*names}) != len(names):
            raise ValueError("names a variable twice: give each one period")
        question = info.data.get("population")
        if periods and question is not None and question.index is None:
            raise ValueError(
                "counts days from the index event, and the study population has none:"
                " leave the periods out, and narrow the period of the data"
            )
        return periods

    @model_validator(mode="after")
    def _says_where_it_is_kept(self) -> Self:
        told = self.storage_place.strip() and self.storage_approval.strip()
        if self.storage == "elsewhere" and not told:
            raise ValueError(
                "the data are to be kept elsewhere: name the place and the approval of"
                " data protection that covers it"
            )
        return self

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
