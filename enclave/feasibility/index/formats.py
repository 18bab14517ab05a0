"""Each format of the index has a folder of its own, and is kept while anybody reads it.

During an upgrade portals of two versions run side by side. Neither knows what the
other's files say, so neither looks at them; and a folder goes away only once no process
of its version is left. Whoever reads holds a shared lock on a file beside the folder,
which the system gives back however the process ends.

Versions before that had their files directly in ``feasibility`` and held nothing. What
they left has everybody in it, also who opts out later, so the first build removes it.
"""

import fcntl
import os
import shutil
from functools import lru_cache
from pathlib import Path
from threading import Lock

from enclave.feasibility.index.layout import FORMAT


_WITHOUT_FORMAT = ("persons", "segments", "snapshots")
_held: dict[Path, int] = {}
_changing = Lock()


@lru_cache(maxsize=4)
def folder_in(warehouse: Path) -> Path:
    """Return where the indexes of a warehouse lie that this version reads."""
    return warehouse / "feasibility" / f"format-{FORMAT}"


def hold(folder: Path) -> None:
    """Keep a folder from being removed until this process ends."""
    if folder not in _held:
        hold_again(folder)


def hold_again(folder: Path) -> None:
    """Hold a folder that somebody may have deleted, and its lock with it."""
    folder.parent.mkdir(exist_ok=True, mode=0o700)
    with _changing:
        lock = _lock_of(folder)
        fcntl.flock(lock, fcntl.LOCK_SH)
        before = _held.get(folder)
        _held[folder] = lock
        if before is not None:
            os.close(before)


def forget_unused(folder: Path) -> None:
    """Remove what other formats left and no process holds."""
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
    for name in _WITHOUT_FORMAT:
        if (folder.parent / name).is_dir():
            # Whoever has such a file open can go on reading it.
            shutil.rmtree(folder.parent / name)


def _lock_of(folder: Path) -> int:
    # Never removed: a lock on a file without a name would hold nothing.
    path = folder.with_name(f"{folder.name}.lock")
    return os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
