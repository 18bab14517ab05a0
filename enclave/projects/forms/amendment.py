"""The amendment: an approved project changes, and is reviewed again, lighter."""

from datetime import date
from typing import Annotated

from pydantic import field_validator

from enclave.cohort.question import Question
from enclave.projects.approvals import Approval
from enclave.projects.fields import Part, Section, Slug, VariableName, Window, label
from enclave.projects.forms.proposal import GroupMember, as_group


class AmendmentForm(Part):
    """The project as it shall be: what is left out stays as it is.

    Attributes
    ----------
    variables
        All variables the project shall have, not only the new ones.
    approvals
        New approvals, or renewed ones; those in the register stay.
    """

    project: Annotated[Slug, label("Project", "Projekt")]
    reason: Annotated[Section, label("Why it changes", "Hvorfor det ændres")]
    group: Annotated[
        tuple[GroupMember, ...], label("Project group", "Projektgruppe", max_length=100)
    ]
    population: Annotated[Question, label("Study population", "Studiepopulation")]
    variables: Annotated[
        tuple[VariableName, ...], label("Variables", "Variable", max_length=2_000)
    ] = ()
    window: Annotated[Window | None, label("Period of the data", "Dataperiode")] = None
    end_date: Annotated[date, label("Last day of the project", "Projektets sidste dag")]
    biobank_material: Annotated[
        bool, label("New biobank material", "Nyt materiale fra biobank")
    ] = False
    approvals: Annotated[
        tuple[Approval, ...], label("New approvals", "Nye godkendelser", max_length=50)
    ] = ()

    @property
    def needs_committee(self) -> bool:
        """True where the executive committee must decide."""
        return self.biobank_material

    @field_validator("group")
    @classmethod
    def _is_a_group(cls, group: tuple[GroupMember, ...]) -> tuple[GroupMember, ...]:
        return as_group(group)
