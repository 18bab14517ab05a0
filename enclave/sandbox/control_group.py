"""Bound a whole sandbox by a control group of version 2, where one can be made.

Resource limits count each process by itself. A control group counts all of them
together, down to what they keep in memory as files; and its end is the end of all.
Where no such group can be made, the resource limits are what there is, and the
isolation report says so.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from time import monotonic, sleep

from enclave.errors import HostError
from enclave.sandbox.description import Limits


VARIABLE = "ENCLAVE_CGROUP"
"""Names a group that was given to us (``Delegate=`` in a unit of systemd)."""

_CONTROLLERS = {"cpu", "memory", "pids"}
_PERIOD = 100_000  # microseconds
_LONGEST_FREEZE, _PAUSE = 5.0, 0.0005  # seconds

_numbers = count(1)


@cache
def given() -> Path | None:
    """Return the group below which we may make others; None where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        return usable(Path(named))
    if os.geteuid() != 0:
        return None
    found = (usable(mount / "enclave") for mount in _mounts())
    return next((group for group in found if group is not None), None)


def usable(group: Path) -> Path | None:
    """Return a group if others below it can be bounded; make it if it is not there."""
    wanted = " ".join(f"+{name}" for name in sorted(_CONTROLLERS))
    try:
        offered = set((group.parent / "cgroup.controllers").read_text().split())
        if not offered >= _CONTROLLERS:
            return None
        if not group.exists():
            (group.parent / "cgroup.subtree_control").write_text(wanted)
            group.mkdir()
        (group / "cgroup.subtree_control").write_text(wanted)
    except OSError:
        return None
    return group


@contextmanager
def joined(parent: Path | None, limits: Limits) -> Iterator[Path | None]:
    """Run this process and all that it starts in a group of their own; then end them.

    Parameters
    ----------
    parent
        What :func:`given` returned; None to leave this process where it is.

    Yields
    ------
    Path or None
        The group, for those who were started before and are to :func:`join`.
    """
    if parent is None:
        yield None
        return
    with made(parent, limits) as group:
        try:
            join(group)
            yield group
        finally:
            with suppress(OSError):
                _outside(parent).write_text("0")


@contextmanager
def made(parent: Path, limits: Limits) -> Iterator[Path]:
    """Make a group in which nobody is yet; at the end, end all that is in it then."""
    group = make(parent, limits)
    try:
        yield group
    finally:
        end(group)


def make(parent: Path, limits: Limits) -> Path:
    """Make a group in which nobody is yet."""
    group = parent / f"sandbox-{os.getpid()}-{next(_numbers)}"
    group.mkdir()
    for name, bound in _bounds(limits).items():
        (group / name).write_text(bound)
    return group


def end(group: Path) -> None:
    """End all that is in a group, and the group; one that lingers is cleared later."""
    with suppress(OSError):
        (group / "cgroup.kill").write_text("1")
    with suppress(OSError):
        group.rmdir()


def freeze(group: Path) -> None:
    """Have nothing in a group run, whatever wakes it; it can still be killed.

    Raises
    ------
    HostError
        If that is not so soon.
    """
    (group / "cgroup.freeze").write_text("1")
    end = monotonic() + _LONGEST_FREEZE
    while "frozen 1" not in (group / "cgroup.events").read_text():
        if monotonic() > end:
            raise HostError("Linux did not freeze a control group. Start cold.")
        sleep(_PAUSE)


def thaw(group: Path) -> None:
    """Let what is in a group run; what stays frozen is found out, for it is silent."""
    with suppress(OSError):  # its sandbox was ended
        (group / "cgroup.freeze").write_text("0")


def join(group: Path, process: int = 0) -> None:
    """Put a process, by default this one, into a group with all that it will start."""
    (group / "cgroup.procs").write_text(str(process))


def clear(parent: Path | None) -> None:
    """Remove the groups of sandboxes whose keeper was killed."""
    for group in parent.glob("sandbox-*") if parent else ():
        with suppress(OSError):  # one that is in use stays
            group.rmdir()


def _outside(parent: Path) -> Path:
    """Return where to go that bounds nobody: a group of groups takes no process."""
    leaf = parent / "keepers"
    leaf.mkdir(exist_ok=True)
    return leaf / "cgroup.procs"


def _bounds(limits: Limits) -> dict[str, str]:
    bounds = {}
    if limits.total_memory_bytes is not None:
        bounds["memory.max"] = str(limits.total_memory_bytes)
        bounds["memory.swap.max"] = "0"
    if limits.processes is not None:
        bounds["pids.max"] = str(limits.processes)
    if limits.processors is not None:
        bounds["cpu.max"] = f"{int(limits.processors * _PERIOD)} {_PERIOD}"
    return bounds


def _mounts() -> Iterator[Path]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            yield Path(place)
