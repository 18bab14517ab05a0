"""Where a job stands, and how much it hurries."""

from enum import IntEnum, StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(IntEnum):
    """What goes first; of the same priority, what was asked for first."""

    URGENT = 0
    USUAL = 10
    BACKGROUND = 20
