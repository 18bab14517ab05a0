"""How many notebooks two processes get done in a minute."""

import os
import subprocess
import sys
import time
from pathlib import Path

from rerunning.bare import CommandLine, check
from rerunning.enclave_site import Site


PROCESSES = 2


def of_command_line(line: CommandLine, folder: Path, count: int) -> float:
    """Return how many in a minute, always two command lines at once."""
    began, running = time.perf_counter(), []
    for number in range(count):
        if len(running) == PROCESSES:
            check(running.pop(0))
        running.append(line.start(folder / f"{number}.ipynb"))
    for process in running:
        check(process)
    return 60 * count / (time.perf_counter() - began)


def of_enclave(site: Site, how: str, name: str, count: int) -> float:
    """Return how many in a minute, by two workers that are ready."""
    workers = [_worker(site, how, f"{name}-{number}") for number in range(PROCESSES)]
    for worker in workers:
        _hear(worker, "ready")
    began = time.perf_counter()
    for worker in workers:
        for number in range(count // PROCESSES):
            worker.stdin.write(f"{number}\n")
        worker.stdin.close()
    for worker in workers:
        for _ in range(count // PROCESSES):
            _hear(worker, "done")
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.wait()
        worker.stdout.close()
    return 60 * (count // PROCESSES * PROCESSES) / seconds


def _worker(site: Site, how: str, name: str) -> "subprocess.Popen[str]":
    settings = site.settings
    given = [settings.home, settings.kernels, site.notebook, site.analysis, name, how]
    return subprocess.Popen(
        [sys.executable, "-m", "rerunning.worker", *map(str, given)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def _hear(worker: "subprocess.Popen[str]", expected: str) -> None:
    if worker.stdout.readline().strip() != expected:
        raise SystemExit("A worker failed.")
