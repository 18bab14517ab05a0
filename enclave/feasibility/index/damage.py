"""What is said of an index whose files are damaged."""

from enclave.errors import IntegrityError


# What a loop returns that meets what no index has.
DAMAGED = -1


def damaged() -> IntegrityError:
    """Return the refusal of a damaged index."""
    return IntegrityError(
        "The feasibility index is damaged: its files do not say what an index says."
        " Delete the folder feasibility of the warehouse; the next question builds it"
        " again."
    )


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
