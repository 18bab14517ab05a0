"""The one place that reads the time."""

from collections.abc import Callable
from datetime import UTC, date, datetime


Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current time, in UTC and to the microsecond."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current date in UTC."""
    return now().date()
