"""What a field asks for, in both languages: ``help.yaml``."""

from functools import cache
from importlib.resources import files

import yaml


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return every text by its key: a field, or ``Model.field``."""
    text = (files(__package__) / "help.yaml").read_text("utf-8")
    read: dict[str, dict[str, str]] = yaml.safe_load(text)
    return read


def of_field(model: str, field: str) -> dict[str, str]:
    """Return what a field of a form, or of a part of one, asks for.

    Raises
    ------
    KeyError
        If there is no text for it: that is a bug.
    """
    return texts().get(f"{model}.{field}") or texts()[field]
