"""One attempt at a job, as its handler sees it."""

import threading


class Course:
    """How far an attempt has come, and whether it is to go on.

    The handler tells; the worker writes it down with its next sign of life, and asks
    by the same way whether somebody cancelled the job.
    """

    def __init__(self) -> None:
        self._progress: tuple[int, int] | None = None
        self._stop = threading.Event()

    def tell(self, step: int, of: int) -> None:
        """Say which step, from 1, the work has come to, and of how many."""
        self._progress = (step, of)

    @property
    def progress(self) -> tuple[int, int] | None:
        """What was told last; None if nothing was."""
        return self._progress

    def stop(self) -> None:
        """Have the work end soon."""
        self._stop.set()

    def must_stop(self) -> bool:
        """Return whether the work is to end."""
        return self._stop.is_set()
