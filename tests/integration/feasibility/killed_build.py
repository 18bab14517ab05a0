"""A build of the index that ends itself, as by ``kill -9``, at one step."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from enclave.feasibility.index.building import build, folder_of
from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse


STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.link"}


def build_until(home: Path, last: int, counted: Any) -> None:
    """Build, and be killed at step ``last``; a queue gets the number of all steps."""
    snapshot = Warehouse(Settings.at(home)).snapshot()
    steps = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal steps
        writes = event == "open" and "w" in str(arguments[1])
        inside = str(folder_of(snapshot)) in str(arguments[:1])
        if (event in STEPS or writes) and inside:
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    build(snapshot)
    counted.put(steps)
