"""A sandbox laid out and ready to start."""

import json
import os
from dataclasses import dataclass, field

from enclave.errors import HostError


@dataclass
class Prepared:
    """A sandbox for whoever starts processes their own way.

    Start ``argv`` with exactly the environment ``env`` and the descriptors
    ``pass_fds``, then call :meth:`init_pid` (it blocks for some milliseconds: give it
    to a thread where an event loop runs). To give up before the start, call
    :meth:`close`.

    Attributes
    ----------
    argv
        The command line. Options and environment are not in it.
    pass_fds
        What the process must inherit.
    env
        Empty: what the command is to see travels by descriptor.
    """

    argv: list[str]
    pass_fds: tuple[int, ...]
    status: int
    handed: list[int]
    env: dict[str, str] = field(default_factory=dict)

    def init_pid(self) -> int:
        """Return the pid of the sandbox's first process, once it exists.

        Raises
        ------
        HostError
            If the sandbox could not be built. What was printed says why.
        """
        self._close_handed()
        with os.fdopen(self.status, "rb", buffering=0, closefd=False) as status:
            line = status.readline()
        if line:
            return int(json.loads(line)["child-pid"])
        self.close()
        raise HostError(
            "The sandbox could not be built, and nothing is run without one."
            " What this machine lacks is said by: enclave isolation-report."
        )

    def exit_code(self) -> int | None:
        """Wait for the end; return the command's exit code.

        Returns
        -------
        int or None
            128 + signal where it was killed; None if it never began, because
            something that was to be mounted is not there or may not be read.
        """
        with os.fdopen(self.status, "rb") as status:
            lines = status.read().splitlines()
        self.status = -1
        return int(json.loads(lines[-1])["exit-code"]) if lines else None

    def close(self) -> None:
        """Close every descriptor that was opened for the start."""
        self._close_handed()
        if self.status >= 0:
            os.close(self.status)
            self.status = -1

    def _close_handed(self) -> None:
        while self.handed:
            os.close(self.handed.pop())
