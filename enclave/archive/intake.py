"""Reading a file that somebody else wrote: out of a workspace or out of a sandbox."""

import os
import stat
from pathlib import Path

from enclave.errors import InputError


def read_file(path: Path, *, largest: int) -> bytes:
    """Read a regular file of at most ``largest`` bytes.

    Links are refused, for they would let the author of the folder choose any file of
    the host; so are pipes and devices, which may never end.

    Raises
    ------
    InputError
        If there is no such file, or it is of another kind, or larger.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}). Name a file that exists and is"
            " not a link."
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InputError(f"{path} is not a file. Name a file.")
        return _read(handle, path, largest)
    finally:
        os.close(handle)


def _read(handle: int, path: Path, largest: int) -> bytes:
    with os.fdopen(handle, "rb", closefd=False) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise InputError(
            f"{path} is larger than {largest // 1_000_000} MB. Save large results to"
            " files and show summaries."
        )
    return content
