"""One load at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enclave.errors import PolicyRefusal


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Hold the warehouse for one load; the lock ends with its process.

    Raises
    ------
    PolicyRefusal
        If another load is under way.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PolicyRefusal(
                "Another load into this warehouse is under way. Wait until it has"
                " ended, then load again."
            ) from error
        yield
