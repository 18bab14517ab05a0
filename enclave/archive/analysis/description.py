"""``analysis.yaml``: what the author of a folder says about how it is run.

Nothing of it is needed where a folder holds one notebook.
"""

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from enclave.errors import InputError


NAME = "analysis.yaml"

_LARGEST = 100_000
# Of PyYAML, beside its own: for a 30 February, a number of 5,000 digits, thousands of
# brackets, and for tags such as `!!int ""`.
_UNREADABLE = (
    yaml.YAMLError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


class Description(BaseModel):
    """What an author may say.

    Attributes
    ----------
    steps
        Notebooks and scripts in the order in which they are run, in one work folder.
    kernel
        Of scripts, which cannot say it themselves.
    parameters, sweep
        One value, or several, for names that a step declares.
    keys
        Columns that name the rows of a data file, by its name.
    sanitise
        A sanitising file of nbval's in the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: list[str] = []
    kernel: str | None = None
    parameters: dict[str, Any] = {}
    sweep: dict[str, list[Any]] = Field(default={}, max_length=10)
    keys: dict[str, list[str]] = {}
    sanitise: str | None = None

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "Description":
        """Read what a folder says, or nothing.

        Raises
        ------
        InputError
            If it says what is not known.
        """
        content = files.get(NAME)
        if content is None:
            return cls()
        # An alias of YAML repeats what it names, and some thousands fill a memory.
        plain = len(content) <= _LARGEST and b"&" not in content
        try:
            return cls.model_validate(yaml.safe_load(content) or {} if plain else None)
        except _UNREADABLE as error:
            known = ", ".join(cls.model_fields)
            raise InputError(
                f"{NAME} cannot be read. It is YAML without anchors and may say:"
                f" {known}. See `docs/how-to/archive-an-analysis.md`."
            ) from error
