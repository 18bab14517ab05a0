"""What is said of an index whose files are damaged.

Whatever is read of an index has a checksum. That of a segment's or of the persons'
description is looked at when it is opened, that of a list of events or of a set when a
question first comes to it, once in each process. So a byte that changed is refused, not
counted; only one that changes after its list was looked at, while the process runs and
its page has left the memory, is not seen. The loops read nothing outside of a file and
write nothing outside of their room all the same.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from enclave.errors import IntegrityError


# What a loop returns that meets what no index has.
DAMAGED = -1


def damaged() -> IntegrityError:
    """Return the refusal of a damaged index."""
    return IntegrityError(
        "The feasibility index is damaged: its files do not say what an index says."
        " Tell a data manager, who deletes the folder feasibility of the warehouse; the"
        " next question builds it again."
    )


@contextmanager
def opening() -> Iterator[None]:
    """Open files of an index, and say so where they are damaged.

    Raises
    ------
    IntegrityError
        If a file is missing, empty, cut, or is not what its name says.
    """
    try:
        yield
    except (ValueError, KeyError, EOFError, pa.ArrowException) as error:
        raise damaged() from error
    except OSError as error:
        # Arrow gives no number. Any other is the machine's, as of too many open files.
        if error.errno not in {None, errno.ENOENT}:
            raise
        raise damaged() from error


def checked(found: int) -> int:
    """Return what a loop found, unless it says that a file is damaged.

    Raises
    ------
    IntegrityError
        If it does.
    """
    if found == DAMAGED:
        raise damaged()
    return found
