"""What lies in the work folder of a run: put there before, taken out after, bounded.

The folder itself lives in memory inside the sandbox and ends with it. What is to last
goes through here, in and out, and only regular files of bounded number and size do.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from enclave.archive.intake import read_file
from enclave.errors import InputError
from enclave.sandbox.description import Account


MOST_FILES = 1000
LARGEST_FILE_BYTES = 200_000_000
LARGEST_FOLDER_BYTES = 400_000_000

# What programs leave for themselves, and no person looks for.
_OF_PROGRAMS = frozenset({"__pycache__", "node_modules"})


class TooManyFilesError(InputError):
    """A run left more in its work folder than is kept."""


def files_in(folder: Path) -> dict[str, Path]:
    """Return the regular files of a folder by name, also those in folders below.

    Links, pipes and devices are passed over, and so is what is hidden or what programs
    leave for themselves.

    Raises
    ------
    TooManyFilesError
        If there are more, or larger ones, than are kept.
    """
    found: dict[str, Path] = {}
    total = 0
    for path in _regular(folder):
        size = path.lstat().st_size
        total += size
        found[path.relative_to(folder).as_posix()] = path
        if (
            len(found) > MOST_FILES
            or size > LARGEST_FILE_BYTES
            or total > LARGEST_FOLDER_BYTES
        ):
            raise TooManyFilesError(
                f"The analysis writes more than {MOST_FILES} files or more than"
                f" {LARGEST_FOLDER_BYTES // 1_000_000} MB. Keep what is intermediate"
                " out of the work folder, in /tmp, and write what is a result."
            )
    return dict(sorted(found.items()))


def copy(source: Path, target: Path) -> None:
    """Put the files of one folder into another, readable by everybody.

    Raises
    ------
    TooManyFilesError
        As :func:`files_in`.
    """
    for name, path in files_in(source).items():
        content = read_file(path, largest=LARGEST_FILE_BYTES)
        place = target / name
        for folder in reversed(place.relative_to(target).parents[:-1]):
            (target / folder).mkdir(exist_ok=True, mode=0o755)
        place.write_bytes(content)


def replace(folder: Path, by: Path) -> None:
    """Let a folder hold the files of another and no others."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    copy(by, folder)


def hand_over(folder: Path, account: Account | None) -> None:
    """Give a folder and all in it to the account of a sandbox, if that has one."""
    if account is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _regular(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if _is_a_persons(name)]
        for name in names:
            path = Path(above, name)
            if _is_a_persons(name) and path.is_file() and not path.is_symlink():
                yield path


def _is_a_persons(name: str) -> bool:
    # A name that is no text has surrogates in it, which are not printable.
    shown = name.isprintable() and not name.startswith(".")
    return shown and name not in _OF_PROGRAMS
