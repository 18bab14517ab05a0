"""The outcome of a feasibility request: what the applicant is told, and on what.

Every number in it passed the count gate; it holds none that did not.
"""

from datetime import date

from pydantic import BaseModel, ConfigDict

from enclave.cohort.question import Question


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Remarks(_Part):
    """What the data manager adds in words.

    Attributes
    ----------
    quality
        What to know about the data that were asked for.
    missing
        Variables or sources that the warehouse does not have.
    suggestions
        How the question could be asked better.
    """

    quality: str = ""
    missing: str = ""
    suggestions: str = ""


class Step(_Part):
    """How many remain after a step, protected."""

    label_en: str
    label_da: str
    value: int | None
    shown: str


class Cell(_Part):
    """A protected cell of a breakdown, or of a variable's availability."""

    name: str
    value: int | None
    shown: str


class Coverage(_Part):
    """From when until when the warehouse has events of a table that was asked for."""

    table: str
    since: date | None
    until: date | None


class Outcome(_Part):
    """What the applicant is told, and what exactly was counted for it.

    Attributes
    ----------
    policy
        SHA-256 of the gate's rules at the time.
    """

    application: int
    question: Question
    question_digest: str
    snapshot: int
    snapshot_digest: str
    loaded: date
    steps: tuple[Step, ...]
    availability: tuple[Cell, ...]
    breakdowns: dict[str, tuple[Cell, ...]]
    coverage: tuple[Coverage, ...]
    remarks: Remarks
    policy: str
    answered_by: str
    answered: date
    valid_until: date
