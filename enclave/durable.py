"""Files and folders that are there completely or not at all, whatever is killed.

A rename within one file system is atomic, but only what was flushed before it survives
a power cut; so the content is flushed first, then the rename, then the folder's entry.
"""

import io
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path


# Files of a folder that are flushed at a time.
_AT_ONCE = 16


def write_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace or create a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


@contextmanager
def new_folder(
    path: Path, *, mode: int = 0o755, drafts: Path | None = None
) -> Iterator[Path]:
    """Fill a folder that appears under its name only when the block ends well.

    Parameters
    ----------
    drafts
        Where it is filled, on the same file system; by default beside ``path``.

    Yields
    ------
    Path
        A temporary folder. It is renamed to ``path`` at the end, and
        removed if the block raises.

    Raises
    ------
    FileExistsError
        If ``path`` exists already: what was published is never replaced.
    """
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=drafts or path.parent))
    try:
        yield partial
        partial.chmod(mode)
        flush_tree(partial)
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _flush_folder(path.parent)


def sweep_partials(folder: Path) -> int:
    """Remove what a killed process left half-written in a folder; return how many."""
    leftovers = list(folder.glob(".partial-*"))
    for leftover in leftovers:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    return len(leftovers)


def shred(file: Path) -> None:
    """Overwrite a file, then remove it; nothing happens if there is none.

    On flash and copy-on-write file systems the old blocks may survive.
    """
    try:
        with file.open("r+b", buffering=0) as content:
            _overwrite(content, file.stat().st_size)
        file.unlink()
    except FileNotFoundError:
        return  # also if another process was faster
    _flush_folder(file.parent)


def _overwrite(content: io.RawIOBase, left: int) -> None:
    while left > 0:
        left -= content.write(secrets.token_bytes(min(left, 1 << 20))) or 0
    os.fsync(content.fileno())


def shred_tree(folder: Path) -> None:
    """Shred every file below a folder, then remove it; links are removed, not followed.

    Broken off, it goes on when it is called again.
    """
    if not folder.is_dir():
        return
    open_up(folder)
    for _, folders, files, parent in os.fwalk(folder, topdown=False):
        for name in files:
            _shred_within(parent, name)
        for name in folders:
            remove = os.rmdir if _is_folder(parent, name) else os.unlink
            remove(name, dir_fd=parent)
    folder.rmdir()
    _flush_folder(folder.parent)


def open_up(folder: Path) -> None:
    """Let the owner into every folder below one, whatever its modes were."""
    for _, folders, _, parent in os.fwalk(folder):
        for name in folders:
            if _is_folder(parent, name):
                os.chmod(name, 0o700, dir_fd=parent)


def _is_folder(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


def _shred_within(parent: int, name: str) -> None:
    """Overwrite and remove one name of an open folder, whatever lies under it."""
    about = os.stat(name, dir_fd=parent, follow_symlinks=False)
    # A file with another name elsewhere may be somebody else's.
    if stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
        os.chmod(name, 0o600, dir_fd=parent)
        handle = os.open(name, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=parent)
        with os.fdopen(handle, "wb", buffering=0) as content:
            _overwrite(content, about.st_size)
    os.unlink(name, dir_fd=parent)


def flush_tree(folder: Path) -> None:
    """Flush every file and folder below and including ``folder`` to disk."""
    for parent, _, files in os.walk(folder):
        _flush_files([Path(parent) / name for name in files])
        _flush_folder(Path(parent))


def _flush_files(paths: list[Path]) -> None:
    if len(paths) < 2:
        for path in paths:
            _flush(path)
        return
    # What waits for the same disk at once is written in one go.
    with ThreadPoolExecutor(min(len(paths), _AT_ONCE)) as pool:
        for _ in pool.map(_flush, paths):
            pass


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
