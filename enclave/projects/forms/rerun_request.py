"""The re-run request: a journal or a funder asks through CORE."""

from datetime import date
from typing import Annotated, Literal

from enclave.projects.fields import Email, Justification, Line, Part, Slug, label


class RerunRequestForm(Part):
    """Who asks for which archived analysis to be executed again, and why."""

    project: Annotated[Slug, label("Project", "Projekt")]
    # Whether it is there is for a rule to say, which names no pattern.
    analysis: Annotated[Line, label("Archived analysis", "Arkiveret analyse")]
    asked_by: Annotated[
        Literal["journal", "funder", "authority", "other"],
        label("Who asks", "Hvem spørger"),
    ]
    organisation: Annotated[Line, label("Organisation", "Organisation")]
    contact: Annotated[Email, label("E-mail", "E-mail")]
    reference: Annotated[Line, label("Their reference", "Deres reference")]
    why: Annotated[Justification, label("Why", "Hvorfor")]
    data: Annotated[
        Literal["frozen", "today"], label("On which data", "På hvilke data")
    ] = "frozen"
    kernel: Annotated[
        str, label("In which kernel", "I hvilken kerne", max_length=60)
    ] = ""
    deadline: Annotated[date | None, label("Needed by", "Ønskes senest")] = None
