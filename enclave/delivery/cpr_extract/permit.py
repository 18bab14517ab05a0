"""What an extract is permitted to hold, and on what ground.

The form asks the same when it is submitted. It is asked again here, of what was
released and on the day of the extract, because nothing that leaves with CPR numbers
should rest on one check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from enclave.cohort.question import Question
from enclave.projects.approvals import Approval, Authority, fault
from enclave.projects.fields import Window
from enclave.projects.forms.cpr_extract import (
    BASES,
    PERMITTED,
    ExtractColumn,
    ExtractPurpose,
)


class Permit(BaseModel):
    """What was applied for and released, as far as the extract depends on it.

    Attributes
    ----------
    recipient
        Account of the one person who may take it.
    recipient_key
        Public age key; empty where a pass phrase is wanted.
    """

    # The form has more fields, for those who read it.
    model_config = ConfigDict(extra="ignore", frozen=True)

    project: str
    purpose: ExtractPurpose
    population: Question
    window: Window
    columns: tuple[ExtractColumn, ...]
    approvals: tuple[Approval, ...]
    recipient: str
    recipient_key: Annotated[
        str, StringConstraints(pattern=r"^(age1[a-z0-9]{58})?$")
    ] = ""
    quality_project: bool = False
    biobank_approval: str = ""
    will_destroy: Literal[True]


@dataclass(frozen=True)
class Standing:
    """What the project is on the day: its question, members and approvals."""

    question_digest: str
    members: frozenset[str]
    today: date


def refusals(permit: Permit, standing: Standing) -> list[str]:
    """Return every reason why there must be no such extract; none if it may be."""
    return [
        *_columns(permit),
        *_persons(permit, standing),
        *_grounds(permit, standing.today),
    ]


def _columns(permit: Permit) -> Iterator[str]:
    allowed = PERMITTED[permit.purpose]
    for stray in permit.columns:
        if stray not in allowed:
            yield (
                f"{stray} is not for the purpose {permit.purpose}, which may have"
                f" {', '.join(sorted(allowed))}"
            )
    if ExtractColumn.CPR not in permit.columns:
        yield "the column cpr is missing, and a population extract is that"
    if len(set(permit.columns)) != len(permit.columns):
        yield "a column is named twice"


def _persons(permit: Permit, standing: Standing) -> Iterator[str]:
    if permit.population.digest != standing.question_digest:
        yield (
            "the persons are not those that are approved for the project: only whom the"
            " permit describes may be extracted"
        )
    if permit.recipient not in standing.members:
        yield f"{permit.recipient} is not a member of {permit.project} today"


def _grounds(permit: Permit, today: date) -> Iterator[str]:
    obtained = [one for one in permit.approvals if one.obtained]
    for one in obtained:
        if (wrong := fault(one, today)) is not None:
            yield f"{one.spoken()}: {wrong}"
    in_force = {
        one.authority
        for one in obtained
        if not one.expired(today)
        and one.covers(permit.window.start, permit.window.end)
        and fault(one, today) is None
    }
    if Authority.FORTEGNELSE not in in_force:
        yield "no entry in the record of processing (fortegnelse) covers the period"
    grounds = BASES[permit.purpose] & in_force
    if not permit.quality_project:
        grounds -= {Authority.HOSPITAL_MANAGEMENT}
    if not grounds:
        yield (
            f"no approval that permits the purpose {permit.purpose} is in force and"
            f" covers the period; it takes {_spoken(permit)}"
        )
    if permit.purpose is ExtractPurpose.LINKAGE and not permit.biobank_approval.strip():
        yield "linkage takes the approval of the biobank, too"


def _spoken(permit: Permit) -> str:
    grounds = BASES[permit.purpose]
    if not permit.quality_project:
        grounds -= {Authority.HOSPITAL_MANAGEMENT}
    return " or ".join(sorted(grounds))
