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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self


# What a name begins with until its content is complete.
_PARTIAL = ".partial-"
# Files of a folder that are flushed at a time.
_AT_ONCE = 16
# New files that are flushed while others are being made.
_FILES_AT_ONCE = 4


def write_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace or create a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
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


class NewFiles:
    """Files that appear one by one, each when it is complete and flushed.

    The disk writes one while the next is being made. When the block ends well, all are
    there and will be after a power cut; when it raises, some may be.
    """

    def __init__(self, *, mode: int = 0o600) -> None:
        self._mode = mode
        self._pool = ThreadPoolExecutor(_FILES_AT_ONCE)
        self._published: list[Future[Path]] = []

    def __enter__(self) -> Self:
        """Return this."""
        return self

    @contextmanager
    def new(self, path: Path) -> Iterator[Path]:
        """Give a file to fill that is to appear at ``path``, or to replace what is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
        os.close(handle)
        partial = Path(temporary)
        try:
            yield partial
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        self._published.append(self._pool.submit(self._publish, partial, path))

    def _publish(self, partial: Path, path: Path) -> Path:
        try:
            partial.chmod(self._mode)
            _flush(partial)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return path.parent

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the files, and flush the folders that they are in."""
        self._pool.shutdown()
        if kind is None:
            for folder in {each.result() for each in self._published}:
                _flush_folder(folder)


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
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=drafts or path.parent))
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
    leftovers = list(folder.glob(f"{_PARTIAL}*"))
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
