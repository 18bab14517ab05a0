"""The CPR population extract: who a permit covers, for a purpose the law knows."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import model_validator

from enclave.cohort.question import Question
from enclave.projects.approvals import Approval, Authority
from enclave.projects.fields import Justification, Line, Part, Slug, Window, label


class ExtractPurpose(StrEnum):
    """What the list of persons is for."""

    RECORDS = "records"
    BIOLOGICAL_MATERIAL = "biological_material"
    LINKAGE = "linkage"


class ExtractColumn(StrEnum):
    """What may stand beside a CPR number."""

    CPR = "cpr"
    HOSPITAL = "hospital"
    SOR = "sor"
    YDERNUMMER = "ydernummer"
    CONTACT_DATE = "contact_date"
    SAMPLE_DATE = "sample_date"
    PERIOD = "period"


# Only what the purpose needs: there is no column for anything about health.
PERMITTED: dict[ExtractPurpose, frozenset[ExtractColumn]] = {
    ExtractPurpose.RECORDS: frozenset(
        {
            ExtractColumn.CPR,
            ExtractColumn.HOSPITAL,
            ExtractColumn.SOR,
            ExtractColumn.YDERNUMMER,
            ExtractColumn.CONTACT_DATE,
        }
    ),
    ExtractPurpose.BIOLOGICAL_MATERIAL: frozenset(
        {ExtractColumn.CPR, ExtractColumn.SAMPLE_DATE, ExtractColumn.PERIOD}
    ),
    ExtractPurpose.LINKAGE: frozenset(
        {ExtractColumn.CPR, ExtractColumn.CONTACT_DATE, ExtractColumn.PERIOD}
    ),
}

# One of these must be among the obtained approvals.
BASES: dict[ExtractPurpose, frozenset[Authority]] = {
    ExtractPurpose.RECORDS: frozenset(
        {
            Authority.CONSENT,
            Authority.REGIONSRAAD,
            Authority.VEK,
            Authority.STPS,
            Authority.HOSPITAL_MANAGEMENT,
        }
    ),
    ExtractPurpose.BIOLOGICAL_MATERIAL: frozenset({Authority.VEK}),
    ExtractPurpose.LINKAGE: frozenset({Authority.VEK}),
}


class CprExtractForm(Part):
    """Which persons, with which columns, for which purpose, to whom.

    Attributes
    ----------
    recipient
        Account name of the member who alone may download it.
    recipient_key
        Public age key of the recipient; empty where a pass phrase is wanted.
    """

    project: Annotated[Slug, label("Project", "Projekt")]
    purpose: Annotated[ExtractPurpose, label("Purpose", "Formål")]
    population: Annotated[Question, label("Persons", "Personer")]
    window: Annotated[Window, label("Period", "Periode")]
    columns: Annotated[
        tuple[ExtractColumn, ...],
        label("Columns", "Kolonner", min_length=1, max_length=len(ExtractColumn)),
    ]
    quality_project: Annotated[
        bool, label("A quality project", "Et kvalitetsprojekt")
    ] = False
    why: Annotated[
        Justification, label("Why CPR numbers are needed", "Hvorfor CPR er nødvendigt")
    ]
    approvals: Annotated[
        tuple[Approval, ...], label("Approvals", "Godkendelser", max_length=50)
    ]
    biobank_approval: Annotated[
        str, label("Approval of the biobank", "Biobankens godkendelse", max_length=200)
    ] = ""
    recipient: Annotated[Line, label("Who downloads it", "Hvem henter den")]
    recipient_key: Annotated[
        str,
        label(
            "Public age key", "Offentlig age-nøgle", pattern=r"^(age1[a-z0-9]{58})?$"
        ),
    ] = ""
    will_destroy: Annotated[
        Literal[True],
        label(
            "I will destroy the list and confirm it",
            "Jeg destruerer listen og bekræfter det",
        ),
    ]

    @model_validator(mode="after")
    def _holds_only_what_the_purpose_needs(self) -> Self:
        allowed = PERMITTED[self.purpose]
        stray = [one for one in self.columns if one not in allowed]
        if stray:
            raise ValueError(
                f"{stray[0]} is not for the purpose {self.purpose}: it may have"
                f" {', '.join(sorted(allowed))}"
            )
        if ExtractColumn.CPR not in self.columns:
            raise ValueError("the column cpr is missing: a population extract is that")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("a column is named twice: keep it once")
        return self
