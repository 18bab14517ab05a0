"""The close-out: what a project gives back before it ends."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from enclave.projects.fields import Line, Part, Section, Slug, label


Doi = Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S{1,150}$")]
AnalysisId = Annotated[str, Field(pattern=r"^PAC\d{4}\w+$", max_length=120)]


class CleanedDataset(Part):
    """A cleaned dataset that comes back, with its codebook."""

    name: Annotated[Line, label("Dataset", "Datasæt")]
    codebook: Annotated[Line, label("Codebook", "Kodebog")]


class CloseOutForm(Part):
    """Data, code and publications that come back, and what happens to the rest."""

    project: Annotated[Slug, label("Project", "Projekt")]
    summary: Annotated[
        Section,
        label("What was found, in plain words", "Hvad blev fundet, i klart sprog"),
    ]
    issues: Annotated[
        str,
        label("Problems seen in the data", "Problemer set i data", max_length=20_000),
    ] = ""
    datasets: Annotated[
        tuple[CleanedDataset, ...],
        label("Cleaned datasets", "Rensede datasæt", max_length=100),
    ] = ()
    analyses: Annotated[
        tuple[AnalysisId, ...],
        label("Archived analyses", "Arkiverede analyser", max_length=200),
    ] = ()
    no_analyses_because: Annotated[
        str, label("Why there are none", "Hvorfor der ingen er", max_length=2_000)
    ] = ""
    publications: Annotated[
        tuple[Doi, ...],
        label("Publications (DOI)", "Publikationer (DOI)", max_length=200),
    ] = ()
    data_were: Annotated[
        Literal["returned", "destroyed"], label("The data were", "Data er")
    ]
    data_gone_on: Annotated[date, label("On", "Den")]
    statement: Annotated[
        Literal[True],
        label(
            "No copy of the data is left with us",
            "Der er ingen kopi af data tilbage hos os",
        ),
    ]

    @model_validator(mode="after")
    def _returns_code_or_says_why(self) -> Self:
        if not self.analyses and len(self.no_analyses_because.strip()) < 10:
            raise ValueError(
                "no analysis is archived: archive the code that made the results, or"
                " say why there is none"
            )
        return self
