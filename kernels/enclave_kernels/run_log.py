"""The course of a run while it goes on."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from enclave.archive.run_record import Cause, CellRun, Failure, Status


_CAUSES = {
    **dict.fromkeys(("ModuleNotFoundError", "ImportError"), Cause.MISSING_PACKAGE),
    **dict.fromkeys(
        ("FileNotFoundError", "NotADirectoryError", "IOException"), Cause.MISSING_DATA
    ),
    **dict.fromkeys(
        (
            *("gaierror", "ConnectionError", "ConnectionRefusedError", "URLError"),
            *("ConnectError", "NewConnectionError", "MaxRetryError", "HTTPError"),
            "NameResolutionError",
        ),
        Cause.NETWORK,
    ),
}


# Unreachable, refused and timed out, as Linux numbers them; unknown names.
_NETWORK_ERRORS = re.compile(r"\[Errno (101|110|111|113|-2|-3|-5)\]")


def cause_of(error: str, message: str = "") -> Cause:
    """Return the class of cause of an error, from its class name and its message.

    The message is looked at for the number of a network error and for nothing else.
    """
    if error == "OSError" and _NETWORK_ERRORS.match(message):
        return Cause.NETWORK
    return _CAUSES.get(error.rpartition(".")[2], Cause.ERROR)


@dataclass(frozen=True)
class TimeLimits:
    """How long a run may take, in seconds; None for no limit."""

    run: float | None = None
    cell: float | None = None
    start: float = 60.0


@dataclass
class CellCourse:
    """What happens to one code cell; ``index`` is its place in the notebook."""

    index: int
    status: Status = Status.PENDING
    raised: str | None = None
    seconds: float | None = None
    began: float = 0.0

    def start(self) -> None:
        """Note that it runs."""
        self.status, self.began = Status.RUNNING, monotonic()

    def end(self, status: Status, raised: str | None = None) -> None:
        """Note how it ended."""
        self.status, self.raised = status, raised
        self.seconds = round(monotonic() - self.began, 3)

    def record(self) -> CellRun:
        """Return what may be told of it."""
        return CellRun(
            index=self.index,
            status=self.status,
            raised=self.raised,
            seconds=self.seconds,
        )


@dataclass
class RunLog:
    """The course of one run.

    Attributes
    ----------
    cells
        Every code cell that is to run.
    failure
        Why it stopped; None if it went through.
    on_change
        Called at each start and end of a cell.
    """

    cells: list[CellCourse] = field(default_factory=list)
    failure: Failure | None = None
    on_change: Callable[[CellCourse], None] = lambda _: None

    def start(self, index: int) -> None:
        """Note that the cell at this place of the notebook runs."""
        cell = self._cell(index)
        cell.start()
        self.on_change(cell)

    def end(self, index: int, status: Status, raised: str | None = None) -> None:
        """Note how the cell at this place ended."""
        cell = self._cell(index)
        cell.end(status, raised)
        self.on_change(cell)

    def fail(self, cause: Cause, error: str | None = None) -> None:
        """Note that the run ended here: in the cell that failed, or that still runs."""
        ended = {Status.RUNNING, Status.FAILED}
        cell = next((cell for cell in self.cells if cell.status in ended), None)
        if cell is not None and cell.status is Status.RUNNING:
            self.end(cell.index, Status.FAILED, error)
        self.failure = Failure(
            cause=cause,
            cell=cell.index if cell else None,
            error=cell.raised if cell else error,
        )

    def _cell(self, index: int) -> CellCourse:
        return next(cell for cell in self.cells if cell.index == index)
