"""The rules of the count gate, read from one reviewed file."""

from decimal import Decimal
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from enclave import reviewed_file
from enclave.canonical import digest


Positive = Annotated[int, Field(strict=True, gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]

# How many times sigma the edge of snapping is blurred at least.
_BLUR = 1.7

_UNUSABLE = (
    "The gate's policy file cannot be used: {error}. Without valid rules no question is"
    " answered; correct the file."
)


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Grammar(_Rules):
    """What may be asked in the open tier.

    Attributes
    ----------
    predicates
        Most criteria, index event and parts of the population in one question.
    depth
        Most levels of all, any and not inside each other.
    ages
        Where an age range may start; it may end one year below (years).
    window_days
        Where a window may start and end (days from the index event).
    shortest_window_days
        Fewest days in a window, both ends included.
    value_steps, clinical_limits
        Values may be compared with a step times a power of ten, or with a limit.
    code_systems
        Length that a code prefix must have, or ``exact`` for systems without levels.
    """

    predicates: Positive
    depth: Positive
    ages: tuple[int, ...]
    window_days: tuple[int, ...]
    shortest_window_days: Positive
    value_steps: tuple[float, ...]
    clinical_limits: tuple[float, ...]
    code_systems: dict[str, Positive | Literal["exact"]]

    def is_cut_point(self, value: float) -> bool:
        """Whether a measured value may be compared with this number."""
        if value in {0, *self.clinical_limits}:
            return True
        # In decimal, as it was written: 0.3 / 0.1 is 2.9999999999999996 in binary.
        mantissa, _ = f"{Decimal(repr(abs(value))):e}".split("e")
        return float(mantissa) in self.value_steps


class Policy(_Rules):
    """All rules; ``policy.yaml`` says why each value is what it is.

    Attributes
    ----------
    sigma
        Standard deviation of the noise (persons).
    snap_distance, snap_sigma
        Cohorts that differ in fewer persons share an answer, and how blurred that
        edge is (persons).
    threshold
        Noisy counts below it are hidden (persons).
    rounding
        Shown counts are multiples of it (persons) ...
    fine_until
        ... up to here; above, they have three significant digits.
    person_30_days, person_year, organisation_30_days
        Most new questions.
    person_composed_30_days, organisation_composed_30_days
        Most composed ones of those; see :class:`~enclave.disclosure.layout.Layout`.
    answer_slot_ms
        An answer leaves the portal at a multiple of this (milliseconds).
    alarm_budget_used, alarm_similar_pairs, alarm_similar_from, alarm_snaps_a_day
        When :mod:`~enclave.disclosure.alarms` tells the audit log.
    snapshot_days
        How long a snapshot answers questions before a newer one takes over.
    """

    version: Literal[1]
    tier: Literal["open"]
    sigma: Annotated[float, Field(gt=0)]
    snap_distance: Positive
    snap_sigma: Annotated[float, Field(gt=0)]
    threshold: Positive
    rounding: Positive
    fine_until: Positive
    person_30_days: Positive
    person_year: Positive
    organisation_30_days: Positive
    person_composed_30_days: Positive
    organisation_composed_30_days: Positive
    snapshot_days: Positive
    answer_slot_ms: Positive
    alarm_budget_used: Share
    alarm_similar_pairs: Share
    alarm_similar_from: Positive
    alarm_snaps_a_day: Positive
    grammar: Grammar

    @model_validator(mode="after")
    def _hides_noise(self) -> "Policy":
        if self.threshold < 2 * self.sigma:
            raise ValueError(
                "threshold: must be at least twice sigma, or cohorts of nobody are"
                " shown as numbers"
            )
        # The edge may tell no more than the answers do: only as blurred as these are
        # noisy, it told five accounts 0.73 where 0.70 is the limit (attack 20c).
        blurred = self.snap_sigma >= _BLUR * self.sigma
        if not blurred or self.snap_distance < 2 * self.snap_sigma:
            raise ValueError(
                f"snap_sigma must be at least {_BLUR} times sigma, and snap_distance"
                " twice snap_sigma, or the edge of snapping tells more than a count"
            )
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the rules, in hex: which policy an answer was given under."""
        return digest(self.model_dump(mode="json"))


def parse_policy(text: str) -> Policy:
    """Read a policy.

    Raises
    ------
    InputError
        If a rule is missing, unknown or outside its limits.
    """
    return reviewed_file.parse(Policy, text, _UNUSABLE)


@cache
def policy() -> Policy:
    """Return the rules in force."""
    return parse_policy(reviewed_file.text_of(__package__))
