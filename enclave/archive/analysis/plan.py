"""What is run of an analysis: which steps, in which order, how often, with what."""

import math
from itertools import product
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from enclave.archive import layout
from enclave.archive.comparison.sanitiser import Sanitiser
from enclave.errors import InputError


MOST_RUNS = 100


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Record):
    """One notebook or script, and the released kernel that it is run in."""

    name: str
    kernel: str

    @property
    def executed(self) -> str:
        """The name of its executed copy; that of a script is a notebook, too."""
        return self.name if self.name.endswith(".ipynb") else f"{self.name}.ipynb"


class Plan(_Record):
    """The steps of an analysis in their order, and the runs of all of them.

    Attributes
    ----------
    alone
        True for one notebook without anything beside it.
    runs
        Parameters of each run. A sweep has several; each run starts from a work folder
        of its own.
    keys
        Columns that name the rows of a data file, by its name.
    sanitisers
        What the author asks to be overlooked in the form of nbval's sanitising files.
    """

    type: Literal["analysis-plan"] = "analysis-plan"
    version: Literal[1] = 1
    alone: bool = False
    steps: tuple[Step, ...]
    runs: tuple[dict[str, Any], ...] = ({},)
    keys: dict[str, tuple[str, ...]] = {}
    sanitisers: tuple[Sanitiser, ...] = ()

    @property
    def kernels(self) -> tuple[str, ...]:
        """The kernels of the steps, the first one first."""
        return tuple(dict.fromkeys(step.kernel for step in self.steps))

    def executed(self, run: int, step: Step) -> str:
        """Return where the executed copy of a step lies; runs count from 1."""
        if self.alone:
            return layout.EXECUTED
        return str(PurePosixPath("executed") / self._folder(run) / step.executed)

    def files(self, run: int) -> str:
        """Return the folder of the files that a run wrote."""
        return str(PurePosixPath("files") / self._folder(run))

    def part(self, run: int, step: Step | None = None) -> str:
        """Return what a person calls a step of a run; empty where there is but one."""
        several = f"run {run}" if len(self.runs) > 1 else ""
        named = "" if self.alone or step is None else step.name
        return ", ".join(filter(None, (several, named)))

    def _folder(self, run: int) -> str:
        return f"{run:04d}" if len(self.runs) > 1 else ""


def swept(
    parameters: dict[str, Any], sweep: dict[str, list[Any]]
) -> tuple[dict[str, Any], ...]:
    """Return the parameters of every run: each value of a sweep with each other's.

    Raises
    ------
    InputError
        If there are too many, or none.
    """
    # Counted before they are made: ten lists of ten values are ten thousand million.
    number = math.prod(map(len, sweep.values()))
    if not 0 < number <= MOST_RUNS:
        raise InputError(
            f"The sweep asks for {number} runs; an archived analysis has 1 to"
            f" {MOST_RUNS}. Archive parts of it by themselves."
        )
    return tuple(
        {**parameters, **dict(zip(sweep, values, strict=True))}
        for values in product(*sweep.values())
    )
