"""When a workspace that nobody uses is closed, and when that is announced."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from enclave.clock import Clock, now


@dataclass(frozen=True)
class IdleRule:
    """How long a workspace may be unused.

    Attributes
    ----------
    limit
        From the last use to the end: something run, saved, opened or changed, or a
        kernel that works. A page that is only open is none.
    warning
        How long before the end the page says so, and saves what is open.
    """

    limit: timedelta = timedelta(hours=4)
    warning: timedelta = timedelta(minutes=15)

    def reason_to_close(self, last_used: datetime, clock: Clock = now) -> str | None:
        """Say that it is over; None where it may go on."""
        if clock() - last_used < self.limit:
            return None
        hours = self.limit / timedelta(hours=1)
        return (
            f"Nobody had used the workspace for {hours:.3g} hours. What was saved is"
            " there when it is opened again."
        )
