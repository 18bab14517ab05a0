"""The feasibility request: how many patients there are, and whether the data are."""

from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints, field_validator

from enclave.cohort.question import Question
from enclave.projects.fields import Line, Part, VariableName, Window, label


Purpose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=50, max_length=20_000)
]


class FeasibilityRequestForm(Part):
    """What a researcher asks a data manager before there is a project.

    Name, e-mail and institution of the applicant are those of the account.

    Attributes
    ----------
    department
        The applicant's own.
    departments
        Those whose patients are meant.
    variables
        ``table.variable`` as the catalogue names them.
    """

    title: Annotated[Line, label("Title", "Titel", max_length=120)]
    department: Annotated[Line, label("Department", "Afdeling")]
    purpose: Annotated[
        Purpose, label("Purpose of the project", "Formålet med projektet")
    ]
    population: Annotated[Question, label("Patient group", "Patientgruppe")]
    departments: Annotated[
        tuple[Line, ...],
        label("Departments involved", "Involverede afdelinger", min_length=1),
    ]
    variables: Annotated[
        tuple[VariableName, ...],
        label("Variables", "Variable", min_length=1, max_length=100),
    ]
    window: Annotated[Window, label("Period of the data", "Dataperiode")]
    counts_by: Annotated[
        tuple[Literal["sex-age", "index-year"], ...],
        label("Counts wanted by", "Antal ønskes fordelt på"),
    ] = ()
    meeting: Annotated[bool, label("A meeting is wished", "Ønsker et møde")] = False
    deadline: Annotated[date | None, label("Needed by", "Ønskes senest")] = None

    @field_validator("variables", "departments", "counts_by")
    @classmethod
    def _names_each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {twice[0]} twice: keep it once")
        return names
