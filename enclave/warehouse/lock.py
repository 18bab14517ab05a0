"""One load at a time."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from enclave.errors import PolicyRefusal
from enclave.lock import exclusive


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Hold the warehouse for one load; the lock ends with its process.

    Raises
    ------
    PolicyRefusal
        If another load is under way.
    """
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(folder / ".lock", wait=False))
        except BlockingIOError as error:
            raise PolicyRefusal(
                "Another load into this warehouse is under way. Wait until it has"
                " ended, then load again."
            ) from error
        yield
