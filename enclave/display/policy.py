"""How much may be shown before a data manager is told, from one reviewed file."""

from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from enclave.errors import InputError


Positive = Annotated[int, Field(strict=True, gt=0)]


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
    try:
        return Policy.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise InputError(
            f"The policy file of what may be shown cannot be used: {error}. Correct it."
        ) from error


@cache
def policy() -> Policy:
    """Return the rules in force."""
    file = resources.files("enclave.display") / "policy.yaml"
    return parse_policy(file.read_text(encoding="utf-8"))
