"""Read a form that a person wrote into a file."""

import json
from pathlib import Path
from typing import Any

from enclave.errors import InputError


def read_json(file: Path) -> dict[str, Any]:
    """Return the one JSON object of a file.

    Raises
    ------
    InputError
        If it cannot be read, or holds anything else.
    """
    try:
        form = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} cannot be read as JSON: give a file with one JSON object."
        ) from error
    if not isinstance(form, dict):
        raise InputError(f"{file} holds no form: it must be one JSON object.")
    return form
