"""How much may be shown before a data manager is told, from one reviewed file."""

from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from enclave import reviewed_file


Positive = Annotated[int, Field(strict=True, gt=0)]

_UNUSABLE = "The policy file of what may be shown cannot be used: {error}. Correct it."


class Policy(BaseModel):
    """All rules; ``policy.yaml`` says why each value is what it is.

    Attributes
    ----------
    alarm_bytes_a_day, alarm_project_bytes_a_day
        Bytes shown in a day (UTC), to one person and to all members of a project,
        above which the audit log is told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    alarm_bytes_a_day: Positive
    alarm_project_bytes_a_day: Positive


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
