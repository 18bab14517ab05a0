"""A clock that a test moves by hand."""

from datetime import UTC, datetime, timedelta


class HandClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)
