"""A bubblewrap that was started before anybody knew what for.

To start the programs that build a sandbox takes as long as a dozen mounts, and nobody
need wait for it: bubblewrap reads its options from a pipe. What it is told, and what
stands on its command line, is the same as for :func:`bubblewrap.launch`.
"""

import os
import subprocess
from contextlib import suppress
from subprocess import PIPE

from enclave.sandbox import bubblewrap
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.prepared import Prepared
from enclave.sandbox.process import SandboxProcess


class BegunSandbox:
    """A sandbox that is to be held open, and that nobody has described yet.

    Whoever started it need not end it: where its options never come, bubblewrap finds
    nothing to run.

    Parameters
    ----------
    alike
        Of this only what stands on the command line: its answers to yes and no.
    """

    def __init__(self, alike: SandboxDescription) -> None:
        self._status, self._inside = os.pipe()
        self._files: list[int] = []

        def hand(_content: bytes) -> int:
            self._files.append(bubblewrap.empty_file())
            return self._files[-1]

        self._argv = bubblewrap.command_line(alike, hand, self._inside)
        self._options = int(self._argv[self._argv.index("--args") + 1])
        waiting, self._tell = os.pipe()
        os.dup2(waiting, self._options, inheritable=False)
        os.close(waiting)
        self._pass_fds = (*self._files, self._inside)
        self._monitor = subprocess.Popen(
            self._argv,
            env={},
            pass_fds=self._pass_fds,
            stdin=PIPE,
            stdout=PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
        os.close(self._options)  # so that a write fails where nobody reads

    @property
    def waits(self) -> bool:
        """Whether it is still there."""
        return self._monitor.poll() is None

    @property
    def pid(self) -> int:
        """The one process that it is so far."""
        return self._monitor.pid

    def become(self, description: SandboxDescription) -> SandboxProcess:
        """Build what is described.

        Raises
        ------
        HostError
            If it cannot be built on this machine.
        ValueError
            If it is not like what was begun.
        """
        told = self._write(description)
        with suppress(BrokenPipeError), os.fdopen(self._tell, "wb") as options:
            options.write(told)
        owner = bubblewrap.owner_of(description.account)
        prepared = Prepared(
            self._argv, self._pass_fds, self._status, self._held(), owner.uid
        )
        return bubblewrap.followed(prepared, self._monitor)

    def _held(self) -> list[int]:
        return [self._inside, *(file for file in self._files if file != self._options)]

    def _write(self, description: SandboxDescription) -> bytes:
        """Fill the files that were handed over; return the options, which come last."""
        told, free = b"", iter(self._files)

        def hand(content: bytes) -> int:
            nonlocal told
            file = next(free, -1)
            if file == self._options:
                told = content
            elif file >= 0:
                bubblewrap.fill(file, content)
            return file

        argv = bubblewrap.command_line(description, hand, self._inside)
        if argv != self._argv or next(free, None) is not None:
            raise ValueError("this sandbox is not like the one that was begun")
        return told
