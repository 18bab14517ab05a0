"""Own data: what a project brings along, described before it is uploaded."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from enclave.projects.approvals import Approval
from enclave.projects.fields import Justification, Line, Part, Section, Slug, label


class ColumnUse(StrEnum):
    """What a column says about a person."""

    PLAIN = "plain"
    CPR = "cpr"
    RUNNING_NUMBER = "running_number"
    OTHER_KEY = "other_key"
    FREE_TEXT = "free_text"
    NAME_OR_ADDRESS = "name_or_address"
    COORDINATES_OR_IMAGE = "coordinates_or_image"


_REFUSED = {
    ColumnUse.NAME_OR_ADDRESS: "names and addresses are never taken in",
    ColumnUse.COORDINATES_OR_IMAGE: "coordinates and images are never taken in",
}
_KEYS = frozenset({ColumnUse.CPR, ColumnUse.OTHER_KEY, ColumnUse.RUNNING_NUMBER})

ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z]\w{0,63}$")]


class OwnColumn(Part):
    """One column of the file, as it will be uploaded."""

    name: Annotated[ColumnName, label("Name", "Navn")]
    label: Annotated[Line, label("Label", "Betegnelse")]
    type: Annotated[
        Literal["text", "integer", "number", "date", "boolean"], label("Type", "Type")
    ]
    unit: Annotated[str, label("Unit", "Enhed", max_length=40)] = ""
    codes: Annotated[str, label("Code list", "Kodeliste", max_length=4_000)] = ""
    use: Annotated[
        ColumnUse, label("Key, text or plain?", "Nøgle, tekst eller almindelig?")
    ] = ColumnUse.PLAIN


class OwnDataForm(Part):
    """A description of data that a project uploads; the upload must equal it."""

    project: Annotated[Slug, label("Project", "Projekt")]
    table: Annotated[
        str,
        label("Name of the table", "Tabellens navn", pattern=r"^[a-z][a-z0-9_]{0,39}$"),
    ]
    description: Annotated[Section, label("What the data are", "Hvad data er")]
    source: Annotated[Line, label("Where they come from", "Hvor de kommer fra")]
    legal_basis: Annotated[
        Justification, label("Legal basis of using them", "Hjemmel til at bruge dem")
    ]
    on_fortegnelse: Annotated[
        Literal[True],
        label("They are on the fortegnelse", "De står på fortegnelsen"),
    ]
    update: Annotated[
        Literal["new", "existing"], label("New table or update", "Ny tabel eller nyt")
    ] = "new"
    columns: Annotated[
        tuple[OwnColumn, ...],
        label("Columns", "Kolonner", min_length=2, max_length=500),
    ]
    free_text_statement: Annotated[
        str,
        label(
            "Why free text is needed",
            "Hvorfor fritekst er nødvendig",
            max_length=4_000,
        ),
    ] = ""
    approvals: Annotated[
        tuple[Approval, ...], label("Approvals", "Godkendelser", max_length=50)
    ] = ()
    contact: Annotated[Line, label("Contact", "Kontakt")]

    @field_validator("columns")
    @classmethod
    def _are_allowed(cls, columns: tuple[OwnColumn, ...]) -> tuple[OwnColumn, ...]:
        names = [one.name.lower() for one in columns]
        if len(set(names)) != len(names):
            raise ValueError("names a column twice: give each a name of its own")
        for one in columns:
            if one.use in _REFUSED:
                raise ValueError(
                    f"says that {one.name} holds what cannot be taken in:"
                    f" {_REFUSED[one.use]}, so remove the column from the file"
                )
        if not any(one.use in _KEYS for one in columns):
            raise ValueError(
                "names no key, so nothing would link to the project's data: say which"
                " column is the CPR number or another key"
            )
        return columns

    @model_validator(mode="after")
    def _free_text_is_explained(self) -> Self:
        texts = [one.name for one in self.columns if one.use is ColumnUse.FREE_TEXT]
        if texts and len(self.free_text_statement.strip()) < 20:
            raise ValueError(
                f"{texts[0]} is free text: write in the statement why it is needed and"
                " that it names nobody, or remove the column"
            )
        return self
