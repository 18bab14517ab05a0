"""Rules that people reviewed, in a file that comes with the package they are for."""

from importlib import resources
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from enclave.errors import InputError


Rules = TypeVar("Rules", bound=BaseModel)


def parse(rules: type[Rules], text: str, refusal: str) -> Rules:
    """Read rules.

    Parameters
    ----------
    refusal
        What to say where they cannot be used, with ``{error}`` for the reason.

    Raises
    ------
    InputError
        If one is missing, unknown or outside its limits.
    """
    try:
        return rules.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise InputError(refusal.format(error=error)) from error


def text_of(package: str) -> str:
    """Return the text of a package's ``policy.yaml``."""
    return (resources.files(package) / "policy.yaml").read_text(encoding="utf-8")
