"""One operating-system account per project, where the host lets us choose.

Accounts are numbers without an entry in the host's ``/etc/passwd``, above those that
distributions give out and below those of most directories. Two projects never share
one, so that even without a sandbox they could not read each other's files.
"""

import os

from enclave.sandbox.description import Account


FIRST_PROJECT = 200_000
DASHBOARDS = 199_999
ATTACHMENTS = 199_998
UPLOADS = 199_997
EXAMINATIONS = 199_996


def for_project(number: int) -> Account | None:
    """Return the account of a project; None where we are not root and cannot choose."""
    if not 0 < number < 1_000_000:
        raise ValueError(f"{number} is not the number of a project")
    return _account(FIRST_PROJECT + number)


def for_dashboards() -> Account | None:
    """Return the account of dashboards, which see no project's data."""
    return _account(DASHBOARDS)


def for_attachments() -> Account | None:
    """Return the account of what looks through attached files, one after the other."""
    return _account(ATTACHMENTS)


def for_uploads() -> Account | None:
    """Return the account of what reads uploaded tables, one after the other."""
    return _account(UPLOADS)


def for_examinations() -> Account | None:
    """Return the account that examines what runs left, of all projects."""
    return _account(EXAMINATIONS)


def _account(number: int) -> Account | None:
    return Account(uid=number, gid=number) if os.geteuid() == 0 else None
