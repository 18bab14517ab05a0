"""What is said of an index whose files are damaged.

What is looked for is whatever would have a question read outside of a file, or find
somebody whom there is not. The columns have no checksum: days, details and first events
that were exchanged for others within their limits are not seen, and counted wrongly.
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
