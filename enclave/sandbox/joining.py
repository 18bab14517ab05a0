"""Bring a process that already runs into a sandbox that already stands.

A program that is started in a sandbox begins from nothing: Python, a Jupyter server and
its extensions take longer to load than everything else about a workspace. So a process
that has loaded them and knows nothing else is forked, and the fork enters a sandbox
that bubblewrap built as it builds all others.

The fork ends up as bubblewrap would have left a program: the same namespaces, account,
filters and limits, no capability, no way to gain one. The order matters: it enters with
the rights over the sandbox that its builder has, and gives them up before it is told
anything.

To copy a process takes a third as long as to build a sandbox, and only the copy can be
in another namespace of processes. So the copy is made as soon as that one exists, while
bubblewrap is still at work on the rest (:func:`begin`); the rest is entered once it
stands (:func:`finish`).
"""

import ctypes
import os
import resource
import socket
from collections.abc import Sequence
from typing import NoReturn

from enclave.errors import HostError
from enclave.sandbox import seccomp
from enclave.sandbox.description import Account, Limits, SandboxDescription


_LIBC = ctypes.CDLL(None, use_errno=True)

_USER, _PROCESSES = 0x10000000, 0x20000000
# Mount, cgroup, host name, IPC and network namespace.
_THE_REST = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x40000000

_SET_SECCOMP, _FILTER = 22, 2
_SUBREAPER, _NAME, _DUMPABLE = 36, 15, 4
_DROP_BOUND, _NO_NEW_PRIVILEGES, _AMBIENT, _CLEAR_ALL = 24, 38, 47, 4
_CAPABILITY_VERSION = 0x20080522
_CAPABILITIES = 64  # at most


def begin(first: int) -> int:
    """Fork into the processes of a sandbox; called with one thread, made for this.

    The sandbox need not stand yet. All else that the fork sees is still the host's, so
    it may do nothing then but wait, and :func:`finish`.

    Parameters
    ----------
    first
        A ``pidfd`` of the sandbox's first process.

    Returns
    -------
    int
        0 in the fork; in its parent, the process number of the fork.

    Raises
    ------
    HostError
        If Linux does not let us in: nothing may be done then but to end.
    """
    if os.geteuid() == 0:
        os.setgroups([])
    _check(_LIBC.setns(first, _USER | _PROCESSES), "join the sandbox's processes")
    # A process never changes its own process namespace, only its children's.
    return os.fork()


def enter(
    first: int, description: SandboxDescription, programs: Sequence[bytes]
) -> int:
    """Fork into a sandbox that stands; called with one thread, made for this.

    It takes no right to be the account that has built the sandbox: Linux lets the owner
    of a user namespace in.

    Who has begun in a kernel's sandbox could not finish: its last user namespace has no
    rights over the others.

    Parameters
    ----------
    first, description
        As :func:`begin` and :func:`finish`.
    programs
        The filters of system calls, which a released kernel's Python cannot make.

    Returns
    -------
    int
        0 in the fork, which has given everything up; in its parent, its number.

    Raises
    ------
    HostError
        If Linux does not let us in: nothing may be done then but to end.
    """
    _check(_LIBC.setns(first, _USER | _PROCESSES | _THE_REST), "enter the sandbox")
    inside = os.fork()
    if not inside:
        _settle(description, programs)
    return inside


def finish(first: int, description: SandboxDescription) -> None:
    """Enter the rest of a sandbox that stands, and give everything up.

    Parameters
    ----------
    first
        As :func:`begin` was given it.
    description
        What the sandbox was built from.

    Raises
    ------
    HostError
        If Linux does not let us in: nothing may be done then but to end.
    """
    programs = seccomp.filters(allow_nested=description.allow_nested)
    # While it was built, bubblewrap may have gone into another user namespace. Where it
    # has not, we are in it, and Linux lets nobody in twice.
    if _LIBC.setns(first, _USER | _THE_REST) < 0:
        _check(_LIBC.setns(first, _THE_REST), "enter the sandbox")
    _settle(description, programs)


def _settle(description: SandboxDescription, programs: Sequence[bytes]) -> None:
    os.setsid()
    os.umask(0o022)
    os.chdir(description.workdir)
    _bound(description.limits)
    _give_up(description.account)
    for program in programs:
        _filter_calls(program)


def forgo_rights() -> None:
    """Give up every capability, for good."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_LIBC.capset(header, nothing), "drop its capabilities")
    _check(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "forgo new rights")


def own_its_memory() -> None:
    """Be to Linux what a program is that was started under this account.

    Who changes accounts is shut out of its own entries below ``/proc``.
    """
    _check(_LIBC.prctl(_DUMPABLE, 1, 0, 0, 0), "see itself")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _check(_LIBC.prctl(_SUBREAPER, 1, 0, 0, 0), "wait for its processes")


def call_itself(name: str) -> None:
    """Take a name that whoever lists processes sees, at most 15 characters."""
    _check(_LIBC.prctl(_NAME, name.encode(), 0, 0, 0), "name itself")


def leave_at_once(code: int) -> NoReturn:
    """End a fork without running what its parent has registered for its own end."""
    os._exit(code)


def _bound(limits: Limits) -> None:
    for name, most in limits.by_resource().items():
        kind = getattr(resource, f"RLIMIT_{name.upper()}")
        resource.setrlimit(kind, (most, most))


def _give_up(account: Account | None) -> None:
    for number in range(_CAPABILITIES):
        # Those above the kernel's last are refused, and are not there to be had.
        _LIBC.prctl(_DROP_BOUND, number, 0, 0, 0)
    _check(_LIBC.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0), "drop its rights")
    if account is not None:
        os.setresgid(account.gid, account.gid, account.gid)
        os.setresuid(account.uid, account.uid, account.uid)
    forgo_rights()


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter_calls(program: bytes) -> None:
    filled = _Program(len(program) // 8, program)
    answer = _LIBC.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(filled), 0, 0)
    _check(answer, "filter its system calls")


def _check(answer: int, what: str) -> None:
    if answer < 0:
        raise HostError(
            f"Linux did not let a server {what} ({os.strerror(ctypes.get_errno())})."
            " What this machine lacks is said by: enclave isolation-report."
        )


def own_end() -> socket.socket:
    """Take our end of the socket away from where forks would keep it."""
    client = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    return client


def close_all_but(kept: tuple[int, ...]) -> None:
    """Close every descriptor but these."""
    last = -1
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        if last + 1 < descriptor:  # of 0 to 0, Python 3.11 makes everything
            os.closerange(last + 1, descriptor)
        last = descriptor
