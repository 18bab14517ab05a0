"""Files and folders that are there completely or not at all, whatever is killed.

A rename within one file system is atomic, but only what was flushed before it survives
a power cut; so the content is flushed first, then the rename, then the folder's entry.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    if not file.exists():
        return
    with file.open("r+b", buffering=0) as content:
        left = file.stat().st_size
        while left > 0:
            left -= content.write(secrets.token_bytes(min(left, 1 << 20)))
        os.fsync(content.fileno())
    file.unlink()
    _flush_folder(file.parent)


def flush_tree(folder: Path) -> None:
    """Flush every file and folder below and including ``folder`` to disk."""
    for parent, _, files in os.walk(folder):
        for name in files:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        _flush_folder(Path(parent))


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
