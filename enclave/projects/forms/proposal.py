"""The project proposal, after PERSIMUNE's form version 1.6 (7 December 2016)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import field_validator

from enclave.cohort.question import Question
from enclave.projects.approvals import Approval
from enclave.projects.fields import Email, Line, Part, Section, Slug, Window, label


class GroupMember(Part):
    """A person of the project group; the group is the access list."""

    name: Annotated[Line, label("Name", "Navn")]
    email: Annotated[Email, label("E-mail", "E-mail")]
    institution: Annotated[Line, label("Institution", "Institution")]
    country: Annotated[str, label("Country", "Land", pattern="^[A-Z]{2}$")] = "DK"
    host: Annotated[
        str, label("Danish host institution", "Dansk værtsinstitution", max_length=200)
    ] = ""
    role: Annotated[Literal["leader", "member"], label("Role", "Rolle")] = "member"


class DepartmentConsent(Part):
    """A head of another department who agrees that its data are used."""

    department: Annotated[Line, label("Department", "Afdeling")]
    head: Annotated[Line, label("Head of department", "Ledelse")]
    document: Annotated[Line, label("Written approval", "Skriftlig godkendelse")]


def as_group(group: tuple[GroupMember, ...]) -> tuple[GroupMember, ...]:
    """Return a group that has a leader and names everybody once, or refuse it."""
    if not any(person.role == "leader" for person in group):
        raise ValueError(
            "names no leader, who answers for the project: give at least one"
            " person the role leader"
        )
    addresses = [person.email for person in group]
    if len(set(addresses)) != len(addresses):
        raise ValueError(
            "names the same e-mail twice: an e-mail names one person, so keep one"
        )
    return group


class EnclaveUse(Part):
    """How the project wants to work, so that it is known whether the enclave suits it.

    Attributes
    ----------
    gigabytes
        How large the project's data are, about.
    outputs_per_month
        How often results must leave the enclave.
    """

    tools: Annotated[
        tuple[Literal["python", "r", "sas", "stata", "other"], ...],
        label("Analysis tools", "Analyseværktøjer", min_length=1),
    ]
    other_tools: Annotated[
        str, label("Which others", "Hvilke andre", max_length=200)
    ] = ""
    data_types: Annotated[
        tuple[Literal["tables", "text", "images", "genomes", "signals"], ...],
        label("Types of data", "Datatyper", min_length=1),
    ] = ("tables",)
    gigabytes: Annotated[
        int, label("Volume in GB", "Datamængde i GB", ge=0, le=10_000_000)
    ]
    outputs_per_month: Annotated[
        int, label("Results out per month", "Hjemtagelser pr. måned", ge=0, le=10_000)
    ]


class ProposalForm(Part):
    """What a project is, who does it, and on which approvals it rests."""

    title: Annotated[Line, label("Title", "Titel", max_length=120)]
    short_name: Annotated[
        Slug | None, label("Short name, used in addresses", "Kort navn, til adresser")
    ] = None
    group: Annotated[
        tuple[GroupMember, ...], label("Project group", "Projektgruppe", max_length=100)
    ]
    population: Annotated[Question, label("Study population", "Studiepopulation")]
    window: Annotated[Window | None, label("Period of the data", "Dataperiode")] = None
    other_departments: Annotated[
        tuple[DepartmentConsent, ...],
        label("Other departments' data", "Andre afdelingers data", max_length=100),
    ] = ()
    approvals: Annotated[
        tuple[Approval, ...], label("Approvals", "Godkendelser", max_length=50)
    ]
    feasibility_done: Annotated[
        bool, label("Feasibility analysis done", "Feasibility-analyse udført")
    ]
    feasibility_request: Annotated[
        int | None, label("Feasibility request", "Feasibility-anmodning", ge=1)
    ] = None
    dnrf_funding: Annotated[bool, label("DNRF funding sought", "Søger DNRF-midler")] = (
        False
    )
    biobank_material: Annotated[
        bool, label("Material from our biobank", "Materiale fra vores biobank")
    ] = False
    other_biobank_material: Annotated[
        bool, label("Material from another biobank", "Materiale fra anden biobank")
    ] = False
    sac_review: Annotated[
        bool, label("Scientific review wished", "Ønsker videnskabelig bedømmelse")
    ] = False
    background: Annotated[Section, label("Background", "Baggrund")]
    hypothesis: Annotated[Section, label("Hypothesis", "Hypotese")]
    aims: Annotated[Section, label("Aims", "Formål")]
    public_summary: Annotated[
        Section, label("Purpose, for everybody", "Formål, for alle")
    ]
    exposures: Annotated[Section, label("Exposures", "Eksponeringer")]
    outcomes: Annotated[Section, label("Outcomes", "Udfald")]
    variables_wanted: Annotated[Section, label("Variables", "Variable")]
    statistical_plan: Annotated[
        Section, label("Statistical analysis and power", "Statistisk analyse og styrke")
    ]
    data_management: Annotated[
        Section, label("Data management and GDPR", "Datahåndtering og GDPR")
    ]
    ethics: Annotated[Section, label("Ethics", "Etik")]
    timeline: Annotated[Section, label("Timeline", "Tidsplan")]
    funding: Annotated[Section, label("Budget and funding", "Budget og finansiering")]
    publication_plan: Annotated[
        Section, label("Publication and authorship", "Publicering og forfatterskab")
    ]
    relevance: Annotated[Section, label("Relevance", "Relevans")]
    enclave_use: Annotated[EnclaveUse, label("How you will work", "Sådan arbejder I")]
    end_date: Annotated[date, label("Last day of the project", "Projektets sidste dag")]
    will_return_data_and_code: Annotated[
        Literal[True],
        label(
            "I will return cleaned data and analysis code",
            "Jeg returnerer rensede data og analysekode",
        ),
    ]

    @property
    def leaders(self) -> tuple[GroupMember, ...]:
        """The group's leaders, as written."""
        return tuple(person for person in self.group if person.role == "leader")

    @property
    def needs_committee(self) -> bool:
        """True where scientific review and the executive committee must decide."""
        return self.sac_review or self.dnrf_funding or self.biobank_material

    @property
    def needs_ethics(self) -> bool:
        """True where it uses biological material or genomes."""
        genomes = "genomes" in self.enclave_use.data_types
        return self.biobank_material or self.other_biobank_material or genomes

    @field_validator("group")
    @classmethod
    def _is_a_group(cls, group: tuple[GroupMember, ...]) -> tuple[GroupMember, ...]:
        return as_group(group)
