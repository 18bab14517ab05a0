"""Each format of the index has a folder of its own, and is kept while anybody reads it.

During an upgrade portals of two versions run side by side. Neither knows what the
other's files say, so neither looks at them; and a folder goes away only once no process
of its version is left. Whoever reads holds a shared lock on a file beside the folder,
which the system gives back however the process ends.
"""

import fcntl
import os
import shutil
from functools import cache
from pathlib import Path

from enclave.feasibility.index.layout import FORMAT


def folder_in(warehouse: Path) -> Path:
    """Return where the indexes of a warehouse lie that this version reads."""
    return warehouse / "feasibility" / f"format-{FORMAT}"


@cache
def hold(folder: Path) -> int:
    """Keep a folder from being removed until this process ends; return the lock."""
    folder.parent.mkdir(exist_ok=True, mode=0o700)
    lock = _lock_of(folder)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def hold_again(folder: Path) -> None:
    """Hold a folder that somebody may have deleted, and its lock with it."""
    hold.cache_clear()
    hold(folder)


def forget_unused(folder: Path) -> None:
    """Remove the folders of other formats that no process holds."""
    for other in folder.parent.glob("format-*"):
        if other == folder or not other.is_dir():
            continue
        lock = _lock_of(other)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(other)
        except BlockingIOError:
            pass  # a portal of that version runs
        finally:
            os.close(lock)


def _lock_of(folder: Path) -> int:
    # Never removed: a lock on a file without a name would hold nothing.
    path = folder.with_name(f"{folder.name}.lock")
    return os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
