"""What the API answers about re-runs, as one agreed shape for dashboards."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class RerunAnswer(_Answer):
    """One re-run: how it stands, and its verdict when it is done."""

    analysis: str
    title: str
    number: int
    data: str
    kernel: str
    requested: datetime
    state: str
    step: int | None
    steps: int | None
    verdict: str | None


class MonthAnswer(_Answer):
    """How many re-runs of a month, such as ``2026-11``, got which verdict."""

    month: str
    verdicts: dict[str, int]


class OverviewAnswer(_Answer):
    """The last re-runs, the verdicts of the last twelve months, and the health."""

    reruns: tuple[RerunAnswer, ...]
    months: tuple[MonthAnswer, ...]
    well: bool
    concerns: tuple[str, ...]
