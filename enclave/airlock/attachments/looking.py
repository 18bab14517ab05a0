"""Have a file looked through in a sandbox of its own."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pydantic import TypeAdapter, ValidationError

from enclave.airlock.attachments.inspection import SECONDS, Findings
from enclave.errors import InputError
from enclave.sandbox import accounts
from enclave.sandbox.description import Limits, SandboxDescription
from enclave.sandbox.running import Outcome, run
from enclave.sandbox.runtime_mounts import python_runtime


# Of all files that arrive at once, so many are looked through at a time.
_TURNS = threading.BoundedSemaphore(2)
_FINDINGS = TypeAdapter(Findings)


def _room(name: str, file: int) -> SandboxDescription:
    module = "enclave.airlock.attachments.inspection"
    return SandboxDescription(
        [sys.executable, "-I", "-m", module, name, str(file)],
        mounts=python_runtime(),
        environment={"LANG": "C.UTF-8"},
        limits=Limits(wall_seconds=2 * SECONDS),
        account=accounts.for_attachments(),
        pass_fds=(file,),
        die_with_parent=True,
    )


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """Open a file that is on no disk, to be read from its beginning."""
    file = os.memfd_create("attachment")
    try:
        with os.fdopen(file, "wb", closefd=False) as writing:
            writing.write(content)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


def look_through(name: str, content: bytes) -> Findings:
    """Return what a file is, and what nobody could look at.

    Raises
    ------
    InputError
        If it may not be attached; every reason is given.
    HostError
        If this machine has no sandbox.
    """
    with _TURNS, _in_memory(content) as file:
        outcome = run(_room(name, file))
    found = _answer(outcome)
    if found.refusals:
        raise InputError("\n  ".join(["Not attached:", *found.refusals]))
    return found


def _answer(outcome: Outcome) -> Findings:
    """Return what the process said, if it came to an end and said it in full."""
    if outcome.exit_code == 0:
        # Before the answer stands what libraries had to say.
        with suppress(ValidationError):
            found = _FINDINGS.validate_json(["", *outcome.output.splitlines()][-1])
            if found.kind or found.refusals:
                return found
    # Without what it printed, which might quote the file.
    raise InputError(
        "Not attached: the file could not be looked through with the memory and time"
        " there is for it. Print it to PDF, or attach it in parts."
    )
