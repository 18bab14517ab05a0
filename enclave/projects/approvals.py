"""Approvals of authorities, and what Danish law lets them be used for.

Rules are checked as hard errors where the law is certain, and as warnings where only a
habit is known, such as the shape of a journal number. Sources: Sundhedsloven § 46 as in
force since 1 July 2020, Komitéloven, GDPR article 30, Databeskyttelsesloven § 10.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from enclave.projects.fields import Part, label


class Authority(StrEnum):
    """Who approves, or on what else the use of records rests."""

    VEK = "vek"
    NVK = "nvk"
    FORTEGNELSE = "fortegnelse"
    DATATILSYNET = "datatilsynet"
    STPS = "stps"
    REGIONSRAAD = "regionsraad"
    LAEGEMIDDELSTYRELSEN = "laegemiddelstyrelsen"
    SUNDHEDSDATASTYRELSEN = "sundhedsdatastyrelsen"
    HOSPITAL_MANAGEMENT = "hospital_management"
    CONSENT = "consent"
    COHORT_APPROVAL = "cohort_approval"


# Patient records may be used for research with one of these (Sundhedsloven, sections
# 42 d and 46).
RECORD_BASES = (
    Authority.VEK,
    Authority.NVK,
    Authority.REGIONSRAAD,
    Authority.STPS,
    Authority.HOSPITAL_MANAGEMENT,
    Authority.CONSENT,
    Authority.COHORT_APPROVAL,
)

# Those that PERSIMUNE's form asks about by name, needed or not.
ASKED_ABOUT = (
    Authority.NVK,
    Authority.VEK,
    Authority.FORTEGNELSE,
    Authority.REGIONSRAAD,
    Authority.SUNDHEDSDATASTYRELSEN,
)

# Since 1 July 2020 the regional council decides, no longer the safety authority.
LAST_DAY_OF_STPS = date(2020, 6, 30)

# Seen in published projects or told by the authorities; others exist, hence warnings.
_JOURNAL_NUMBERS = {
    Authority.VEK: r"[A-Z]{1,2}-\d{8}|H-\d-\d{4}-\d{1,3}|1-10-72-\d+-\d{2}",
    Authority.NVK: r"\d{7}",
    Authority.FORTEGNELSE: r"P-\d{4}-\d{1,5}|RH-\d{4}-\d{1,4}|VD-\d{4}-\d{1,4}",
    Authority.DATATILSYNET: r"\d{4}-\d{2}-\d{4}",
    Authority.STPS: r"3-3013-\d{1,4}(/\d)?|31-152\d-\d{1,4}",
    Authority.REGIONSRAAD: r"R-\d{8}",
    Authority.LAEGEMIDDELSTYRELSEN: r"\d{4}-\d{6}-\d{2}|20\d\d-5\d{5}-\d{2}-\d{2}",
    Authority.SUNDHEDSDATASTYRELSEN: r"FSEID-\d{8}",
}

Status = Literal["obtained", "pending", "not_applicable"]


class Approval(Part):
    """One authority's decision, or that it is awaited or not needed.

    Attributes
    ----------
    data_from, data_to
        First and last day of the data it covers; null where it names no limit.
    document
        Name or reference of the letter.
    expires
        Last day on which it holds; null where it names none.
    """

    authority: Annotated[Authority, label("Authority", "Myndighed")]
    status: Annotated[Status, label("Status", "Status")] = "obtained"
    journal_number: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=80),
        label("Journal number", "Journalnummer"),
    ] = ""
    decision_date: Annotated[date | None, label("Decided", "Afgjort")] = None
    data_from: Annotated[date | None, label("Data from", "Data fra")] = None
    data_to: Annotated[date | None, label("Data to", "Data til")] = None
    document: Annotated[str, label("Document", "Dokument", max_length=400)] = ""
    expires: Annotated[date | None, label("Expires", "Udløber")] = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.status != "obtained":
            return self
        if not self.journal_number:
            raise ValueError("give the journal number of an approval that is obtained")
        if self.decision_date is None:
            raise ValueError("give the decision date of an approval that is obtained")
        if self.authority is Authority.COHORT_APPROVAL and not (
            self.data_from and self.data_to
        ):
            raise ValueError(
                "give the data window of the cohort's own approvals: they cover nothing"
                " outside it"
            )
        if self.data_from and self.data_to and self.data_from > self.data_to:
            raise ValueError("its data window ends before it begins: swap the dates")
        if self.expires and self.expires < self.decision_date:
            raise ValueError("it expires before it was decided: correct the dates")
        return self

    @property
    def obtained(self) -> bool:
        """True where the authority has decided, and said yes."""
        return self.status == "obtained"

    def expired(self, today: date) -> bool:
        """Return whether its last day has passed."""
        return self.expires is not None and self.expires < today

    def covers(self, start: date, end: date) -> bool:
        """Return whether data from ``start`` to ``end``, both included, are within."""
        return (self.data_from is None or self.data_from <= start) and (
            self.data_to is None or end <= self.data_to
        )

    def spoken(self) -> str:
        """Return its name in a sentence."""
        return f"{self.authority.value} {self.journal_number}".strip()


def fault(approval: Approval, today: date) -> str | None:
    """Return why an approval cannot be what it says it is, or None."""
    decided = approval.decision_date
    if not approval.obtained or decided is None:
        return None
    if decided > today:
        return "the decision date lies in the future: give the date on the letter"
    if approval.authority is Authority.STPS and decided > LAST_DAY_OF_STPS:
        return (
            "the patient safety authority approved the use of records only until 30"
            " June 2020 (Sundhedsloven § 46): give the regional council's approval"
        )
    return None


def unusual_number(approval: Approval) -> str | None:
    """Return a warning if a journal number has a shape its authority rarely uses."""
    pattern = _JOURNAL_NUMBERS.get(approval.authority)
    if not approval.obtained or pattern is None:
        return None
    if re.fullmatch(pattern, approval.journal_number):
        return None
    return (
        f"{approval.journal_number} does not look like a journal number of"
        f" {approval.authority.value}: compare it with the letter"
    )
