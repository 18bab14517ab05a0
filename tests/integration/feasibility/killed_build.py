"""A build of the index that ends itself, as by ``kill -9``, at one step."""

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from enclave.feasibility.index.building import build, folder_of
from enclave.feasibility.index.formats import hold
from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse


STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.link"}


def build_until(home: Path, last: int, counted: Any) -> None:
    """Build, and be killed at step ``last``; a queue gets the number of all steps."""
    snapshot = Warehouse(Settings.at(home)).snapshot()
    # Several threads write: each step has a number of its own.
    numbers = itertools.count(1)

    def count(event: str, arguments: tuple) -> None:
        writes = event == "open" and "w" in str(arguments[1])
        inside = str(folder_of(snapshot)) in str(arguments[:1])
        if (event in STEPS or writes) and inside and next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    build(snapshot)
    counted.put(next(numbers) - 1)


def hold_for_good(folder, held) -> None:
    """Hold the folder of a format, as a portal does that reads it, until killed."""
    hold(folder)
    held.set()
    signal.pause()
