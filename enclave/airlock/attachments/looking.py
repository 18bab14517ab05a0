"""Have a file looked through by a process of its own."""

import json
import subprocess
import sys
import threading

from enclave.airlock.attachments.inspection import SECONDS, Findings
from enclave.errors import InputError


# Of all files that arrive at once, so many are looked through at a time.
_TURNS = threading.BoundedSemaphore(2)


def look_through(name: str, content: bytes) -> Findings:
    """Return what a file is, and what nobody could look at.

    Raises
    ------
    InputError
        If it may not be attached; every reason is given.
    """
    module = "enclave.airlock.attachments.inspection"
    with _TURNS:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-m", module, name],
                input=content,
                capture_output=True,
                timeout=2 * SECONDS,
                check=True,
                env={"LANG": "C.UTF-8"},
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            # Without its cause, which might quote the file.
            raise InputError(
                "Not attached: the file could not be looked through with the memory and"
                " time there is for it. Print it to PDF, or attach it in parts."
            ) from None
    found = Findings(**json.loads(done.stdout))
    if found.refusals:
        raise InputError("\n  ".join(["Not attached:", *found.refusals]))
    return found
