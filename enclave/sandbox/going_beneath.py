"""Go where a sandbox is built beneath another, and become bubblewrap there.

``python -I -S going_beneath.py NET PROCESSES USER UID GID COMMAND...``, with the
descriptors of three namespaces. It waits to be told, in one word on standard input,
which descriptor of whoever started it is the fourth, that of the files. From root's own
file system, in which this is started, until it is the account, it runs no other program
and loads nothing: what is in sight on the way is a run's. It leaves no descriptor of a
namespace open.
"""

import ctypes
import os
import sys


WORD = 8
"""Bytes of the word that it waits for."""

_NEW_MOUNTS = 0x20000
_PRIVATE, _CLOSED = 0x4000 | 0x40000, 2 | 4 | 8  # with all below; nosuid, nodev, noexec

_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Enter, and fork: only a child is in another namespace of processes."""
    net, processes, user, uid, gid = map(int, sys.argv[1:6])
    word = os.read(0, WORD)
    if not word:
        return  # nobody wants it any more
    files = os.open(f"/proc/{os.getppid()}/fd/{int(word)}", os.O_RDONLY)
    for space in (net, files, processes):
        _check(_LIBC.setns(space, 0), "enter a namespace")
        os.close(space)
    child = os.fork()
    if child:
        os.close(user)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    # Bubblewrap needs to see itself in /proc.
    _check(_LIBC.unshare(_NEW_MOUNTS), "have mounts of its own")
    _check(_LIBC.mount(b"none", b"/", None, _PRIVATE, None), "keep them to itself")
    _check(_LIBC.mount(b"proc", b"/proc", b"proc", _CLOSED, None), "mount /proc")
    os.setgroups([])
    # Last of them: in that, nobody has a right over the others.
    _check(_LIBC.setns(user, 0), "enter a user namespace")
    os.close(user)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    os.execve(sys.argv[6], sys.argv[6:], {})  # noqa: S606 - with what it was given


def _check(answer: int, what: str) -> None:
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"Linux did not let it {what}")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:  # a traceback would read files
        os.write(2, str(error).encode())
        os._exit(70)  # EX_SOFTWARE
