"""What workspaces cost in memory, in MiB."""

from pathlib import Path

import psutil


def available() -> float:
    """Return what the machine has left."""
    return psutil.virtual_memory().available / 2**20


def workspaces(hub: int) -> list[float]:
    """Return what each open workspace takes, from its keeper to its kernels."""
    keepers = [p for p in _below(hub) if p.name() == "keeper"]
    return [sum(map(_share, [one, *_below(one.pid)])) for one in keepers]


def everything(hub: int) -> float:
    """Return what the hub and all that it started takes."""
    return sum(map(_share, [psutil.Process(hub), *_below(hub)]))


def _below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def _share(process: psutil.Process) -> float:
    # A page that several processes share counts in parts.
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    line = next(row for row in rollup.splitlines() if row.startswith("Pss:"))
    return int(line.split()[1]) / 1024
