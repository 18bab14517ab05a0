"""Two families of errors: those meant for a person, and bugs.

Everything below :class:`EnclaveError` is meant for the person who asked: it is shown
without a traceback, says what happened, why, and what to do next, and ends a command
with the exit code of its class. Anything else that is raised is a bug.

No message may hold a patient-level value: name the column, the rule and the number of
rows, never the cell.
"""


class EnclaveError(Exception):
    """An error that is shown to a person as one message.

    Attributes
    ----------
    danish
        The same message in Danish, where there is one.
    """

    exit_code = 1
    danish: str | None = None


class InputError(EnclaveError):
    """What was given cannot be used: a missing file, an unknown code, a wrong form."""

    exit_code = 2


class PolicyRefusal(EnclaveError):  # noqa: N818 - a refusal is an answer, not a failure
    """The request was understood, and the rules say no."""

    exit_code = 3


class NotFoundError(EnclaveError):
    """Nothing of that name exists here."""

    exit_code = 4


class IntegrityError(EnclaveError):
    """Something kept does not match its hash, its signature or its chain."""

    exit_code = 5


class HostError(EnclaveError):
    """The machine lacks something: a program, a permission, space."""

    exit_code = 6
