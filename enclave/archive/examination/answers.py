"""What is asked about that which runs left, and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from enclave.archive.analysis.plan import Plan
from enclave.archive.comparison.compare import ComparedOutput
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.report_sides import View


# Of an answer, in bytes; and of the pictures and tables in it that a report shows. Who
# reads it needs a multiple of that in memory, and the more, the more pieces there are.
LARGEST_ANSWER = 80_000_000
LARGEST_VIEWS = 64_000_000
MOST_OUTPUTS = 200_000


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Told):
    """What to do with what runs of a plan left.

    Attributes
    ----------
    circumstances
        What is on record of two runs that are to be compared under ``policy``; null
        where one is to be taken apart.
    """

    plan: Plan
    policy: Policy | None = None
    circumstances: Circumstances | None = None


class Answer(_Told):
    """What was found: written inside, so every word of it is checked.

    Attributes
    ----------
    refused, error
        Why nothing was found, and the class of what was raised.
    outputs, views
        Of two runs: each output, and what a report shows of some, by their place.
    records
        Of one run: what it shows.
    """

    refused: Literal["", "memory", "large", "broken", "host"] = ""
    error: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{0,60}$")] = ""
    outputs: Annotated[tuple[ComparedOutput, ...], Field(max_length=MOST_OUTPUTS)] = ()
    views: Annotated[dict[int, View], Field(max_length=MOST_OUTPUTS)] = {}
    records: Annotated[
        tuple[dict[str, JsonValue], ...], Field(max_length=MOST_OUTPUTS)
    ] = ()
