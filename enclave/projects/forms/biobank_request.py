"""The biobank request: samples for an approved project."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from enclave.projects.approvals import Approval
from enclave.projects.fields import Justification, Line, Part, Slug, label


class Specimen(StrEnum):
    """What is kept in the biobank."""

    PLASMA = "plasma"
    SERUM = "serum"
    PBMC = "pbmc"
    DNA = "dna"
    FAECES = "faeces"
    URINE = "urine"


class BiobankRequestForm(Part):
    """Which samples an approved project asks for, for which assay, and what comes back.

    Attributes
    ----------
    minimum_volume_ul
        Microlitres of each sample below which it is of no use.
    days_from, days_to
        When samples may be taken, in days from the index event; negative before it.
    freeze_thaw_maximum
        How often a sample may have been thawed.
    """

    project: Annotated[Slug, label("Project", "Projekt")]
    specimen: Annotated[Specimen, label("Type of specimen", "Prøvetype")]
    samples: Annotated[
        int, label("Number of samples", "Antal prøver", ge=1, le=1_000_000)
    ]
    minimum_volume_ul: Annotated[
        int, label("Smallest volume (µl)", "Mindste volumen (µl)", ge=1, le=1_000_000)
    ]
    days_from: Annotated[
        int, label("Taken from day", "Taget fra dag", ge=-36_500, le=36_500)
    ]
    days_to: Annotated[
        int, label("Taken until day", "Taget til dag", ge=-36_500, le=36_500)
    ]
    freeze_thaw_maximum: Annotated[
        int, label("Thawed at most (times)", "Optøet højst (gange)", ge=0, le=20)
    ]
    assay: Annotated[Line, label("Assay", "Analyse")]
    laboratory: Annotated[Line, label("Laboratory", "Laboratorium")]
    depletion: Annotated[
        Justification,
        label("Why samples may be used up", "Hvorfor prøver må opbruges"),
    ]
    shipping: Annotated[Line, label("Shipping", "Forsendelse")]
    transfer_agreement: Annotated[
        Literal["needed", "signed", "not_needed"],
        label("Material transfer agreement", "Aftale om overførsel (MTA)"),
    ]
    approvals: Annotated[
        tuple[Approval, ...], label("Approvals", "Godkendelser", max_length=50)
    ]
    results_by: Annotated[date, label("Results returned by", "Resultater senest")]
    leftover: Annotated[
        Literal["returned", "destroyed"],
        label("What is left of the samples", "Rest af prøver"),
    ]
    will_return_results: Annotated[
        Literal[True],
        label("I will return the results", "Jeg returnerer resultaterne"),
    ]
