"""What a run tells about itself: how it ended, how long it took, in which software.

The record may be shown to people who may not see the data, so it holds no content: no
source, no output, and of an error nothing but the name of its class. It comes out of a
sandbox and is not believed further than this model checks it.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Status(StrEnum):
    """How a cell, or a run, ended."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Cause(StrEnum):
    """Why a run failed, in classes that call for different remedies."""

    ERROR = "error"
    TIMEOUT = "timeout"
    DEAD_KERNEL = "dead_kernel"
    MISSING_PACKAGE = "missing_package"
    MISSING_DATA = "missing_data"
    NETWORK = "network"
    CANCELLED = "cancelled"


# An identifier without a run of digits that could be somebody's number.
_HONEST_NAME = re.compile(r"(?!.*\d{4})[A-Za-z_][A-Za-z0-9_.]{0,63}", re.ASCII)


def honest_name(error: str) -> str:
    """Return the name of an error's class, or ``Error`` where it could hide data.

    User code can raise a class that is called after a patient.
    """
    return error if _HONEST_NAME.fullmatch(error) else "Error"


ErrorName = Annotated[str, Field(max_length=1000), AfterValidator(honest_name)]
_Word = Annotated[str, Field(max_length=200)]
ColumnName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")
]
_Index = Annotated[int, Field(ge=0)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


Start = Literal["cold", "forked"]
"""Whether a kernel was started by itself or forked from one that had loaded more."""

Unconfirmed = Literal["not identical", "failed"]
"""How a forked run ended that counts for nothing, so that a cold one decided."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CellRun(_Record):
    """What happened to one code cell.

    Attributes
    ----------
    index
        Its place in the executed notebook, from 0.
    raised
        Class of the error it raised, which a cell tagged ``raises-exception`` may.
    seconds
        How long it ran; None if it never did.
    """

    index: _Index
    status: Status
    raised: ErrorName | None = None
    seconds: _Seconds | None = None


class Failure(_Record):
    """Why a run failed.

    Attributes
    ----------
    cell
        Place in the executed notebook of the cell it failed in, from 0; None if the
        kernel never came so far.
    error
        Class of the error; None where none was raised.
    """

    cause: Cause
    cell: _Index | None = None
    error: ErrorName | None = None


class Software(_Record):
    """What a run ran in.

    Attributes
    ----------
    kernel
        Name of the released kernel.
    python
        Version of the kernel's language, as it says itself.
    packages
        Version of each installed package.
    environment
        Variables that results can depend on: hash seed, threads, locale, time zone.
    """

    kernel: _Word
    python: _Word = ""
    packages: dict[_Word, _Word] = Field(default_factory=dict, max_length=5000)
    environment: dict[_Word, _Word] = Field(default_factory=dict, max_length=100)


class RunRecord(_Record):
    """The course of one run of a notebook.

    Attributes
    ----------
    injected
        Place in the executed notebook of the cell that sets the parameters; None
        without parameters. Cells after it stand one place later than in the source.
    seconds
        From the start of the kernel to its end.
    readings
        Delivered columns that it read through ``project``, as ``table.column``; None
        if its kernel does not say.
    start
        Whether the kernel was started by itself or forked from one that had loaded its
        libraries.
    """

    version: Literal[1] = 1
    status: Literal[Status.COMPLETED, Status.FAILED]
    failure: Failure | None = None
    cells: tuple[CellRun, ...] = Field(default=(), max_length=10_000)
    injected: _Index | None = None
    seconds: _Seconds
    start: Start = "cold"
    software: Software
    readings: Annotated[tuple[ColumnName, ...], Field(max_length=20_000)] | None = None

    @property
    def completed(self) -> bool:
        """True if every cell ran, and none raised an error it was not allowed."""
        ran = all(cell.status is Status.COMPLETED for cell in self.cells)
        return self.status is Status.COMPLETED and self.failure is None and ran

    @property
    def failed_cell(self) -> int | None:
        """The cell it failed in, counted from 1 as in the source notebook."""
        if self.failure is None or self.failure.cell is None:
            return None
        place = self.failure.cell
        if self.injected is not None and place > self.injected:
            place -= 1
        return place + 1
