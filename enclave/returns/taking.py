"""Take what lies in a folder that its authors may change: a copy of one moment.

A path is resolved anew each time it is used, and whoever may write to the folder can
put a link in its place between two uses. So everything is opened from the folder's own
handle, name by name, and no link is followed on any level.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from enclave.errors import InputError


MOST_FILES = 1_000
MOST_BYTES = 1_000_000_000
MOST_DEPTH = 20
_CHUNK = 1 << 20


def take(root: Path, name: str, into: Path) -> Path:
    """Copy a file or folder of ``root``; return the copy.

    Links, pipes and devices are left out.

    Raises
    ------
    InputError
        If it is neither file nor folder, is gone, or is too large.
    """
    target = into / name
    try:
        with open_folder(root) as handle:
            about = os.stat(name, dir_fd=handle, follow_symlinks=False)
            left = _Bound()
            if stat.S_ISREG(about.st_mode):
                _copy(handle, name, target, left)
            elif stat.S_ISDIR(about.st_mode):
                _copy_folder(handle, name, target, left)
            else:
                raise InputError(f"{name} is neither a file nor a folder.")
    except OSError as error:
        raise InputError(
            f"{name} cannot be taken ({error.strerror}): it changed meanwhile. Try"
            " again."
        ) from error
    return target


@contextmanager
def open_folder(name: Path | str, *, within: int | None = None) -> Iterator[int]:
    """Open a folder, and no link to one; ``within`` is the handle it is named in."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    handle = os.open(name, flags, dir_fd=within)
    try:
        yield handle
    finally:
        os.close(handle)


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder, of very many the first that are found."""
    with os.scandir(folder) as found:
        return [one.name for one in islice(found, MOST_FILES)]


class _Bound:
    """How much may still be taken; folders and links count as files."""

    def __init__(self) -> None:
        self._files, self._bytes = MOST_FILES, MOST_BYTES

    def file(self) -> None:
        self._files -= 1
        self._check()

    def bytes(self, number: int) -> None:
        self._bytes -= number
        self._check()

    def _check(self) -> None:
        if self._files < 0 or self._bytes < 0:
            raise InputError(
                f"That is more than {MOST_FILES:,} files and folders or"
                f" {MOST_BYTES // 1_000_000:,} MB: hand in less."
            )


def _copy_folder(
    root: int, name: str, target: Path, left: _Bound, depth: int = MOST_DEPTH
) -> None:
    if depth == 0:
        raise InputError(
            f"A folder lies more than {MOST_DEPTH} levels deep: hand in less."
        )
    left.file()
    target.mkdir(mode=0o700)
    with open_folder(name, within=root) as handle, os.scandir(handle) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                _copy_folder(handle, one.name, target / one.name, left, depth - 1)
            else:
                _copy(handle, one.name, target / one.name, left)


def _copy(folder: int, name: str, target: Path, left: _Bound) -> None:
    left.file()
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    source = os.open(name, flags, dir_fd=folder)
    with os.fdopen(source, "rb", buffering=0) as given, target.open("xb") as kept:
        # It may have become a pipe since.
        if not stat.S_ISREG(os.fstat(source).st_mode):
            return
        while piece := given.read(_CHUNK):
            left.bytes(len(piece))
            kept.write(piece)
