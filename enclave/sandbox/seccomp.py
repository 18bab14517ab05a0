"""Which system calls a sandbox may not make.

The kernel's attack surface is what remains once files, processes and the network are
out of reach. What is refused here is not needed by numerical work, and is where most
escapes of recent years began (user namespaces, io_uring, bpf, keyrings) or would reach
into another process (ptrace, process_vm_readv).

Two filters are loaded. The first refuses by name and kills on a foreign machine
interface (i386, x32), which would be a way around it. The second answers "not
implemented" to every call newer than this list: what nobody here has read is refused,
and the C library falls back to what it did before.

Linux reads the lower half of an argument that is an ``int``, and a filter compares all
of it: so what is refused is told by that half alone (:func:`_is`).
"""

import errno
import os
import struct
from functools import cache
from typing import Any

from enclave.errors import HostError


_NEVER = (
    # into other processes
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    # into the kernel
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "add_key",
    "request_key",
    "keyctl",
    "syslog",
    "lookup_dcookie",
    "memfd_secret",
    # around the file system's borders
    "open_by_handle_at",
    "name_to_handle_at",
    "fanotify_init",
    "chroot",
    "setns",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "quotactl",
    "quotactl_fd",
    "swapon",
    "swapoff",
    "acct",
    "nfsservctl",
    # the machine as a whole
    "reboot",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "vhangup",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vm86",
    "vm86old",
    "uselib",
    "ustat",
    "sysfs",
    "_sysctl",
)

# What building a sandbox takes, and so what a sandboxed kernel must not have.
_NESTING = ("mount", "umount2", "pivot_root", "unshare")
_NAMESPACES = (
    0x00000080,  # time
    0x00020000,  # mount
    0x02000000,  # cgroup
    0x04000000,  # host name
    0x08000000,  # System V IPC
    0x10000000,  # user
    0x20000000,  # processes
    0x40000000,  # network
)

_UNIX, _INET, _INET6, _NETLINK, _LAST_FAMILY = 1, 2, 10, 16, 45
_NETLINK_ROUTE = 0
_INT = 0xFFFFFFFF
# Of sockets: what kind they are of, and at which level and from which number on options
# go to Linux's packet filter; and the calls for network devices.
_KIND_OF_SOCKET, _RAW = 0xF, 3
_IP, _IPV6, _NETFILTER = 0, 41, 64
_NETWORK_DEVICES = 0x8900
_CHOOSE_SIGNAL, _WATCH_FOLDER = 10, 1026  # F_SETSIG, F_NOTIFY
_AT_PARENTS_END, _CONTINUE = 1, 18  # PR_SET_PDEATHSIG, SIGCONT
_TERMINAL_INJECTIONS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

# futex_waitv (Linux 5.16) is the last call that was read for this list.
_LAST_KNOWN_CALL = 449


@cache
def filters(*, allow_nested: bool, may_join: bool = False) -> tuple[bytes, bytes]:
    """Return the two filters as BPF programs, for the machine we run on.

    Parameters
    ----------
    allow_nested
        True to leave open what building a sandbox takes.
    may_join
        True to leave open what entering one takes that stands already.

    Raises
    ------
    HostError
        If libseccomp is missing.
    """
    refused = {*_NEVER} if allow_nested else {*_NEVER, *_NESTING}
    if may_join:
        refused.remove("setns")
    rights_inside = may_join and not allow_nested
    rules = _rules(refused, allow_nested=allow_nested)
    _refuse_netlink(rules, altogether=rights_inside)
    if rights_inside:
        _refuse_what_joining_opens(rules)
    return _export(rules), _refuse_unknown()


def number_of(name: str) -> int:
    """Return the number of a system call on the machine we run on."""
    library = _library()
    return int(library.resolve_syscall(library.Arch.NATIVE, name))


def _rules(names: set[str], *, allow_nested: bool) -> Any:
    library = _library()
    rules = library.SyscallFilter(library.ALLOW)
    rules.set_attr(library.Attr.ACT_BADARCH, library.KILL_PROCESS)
    refused = library.ERRNO(errno.EPERM)
    for name in sorted(names):
        rules.add_rule(refused, name)
    # Its flags lie in memory where a filter cannot look: libc falls back to clone.
    rules.add_rule(library.ERRNO(errno.ENOSYS), "clone3")
    if not allow_nested:
        for flag in _NAMESPACES:
            new = library.Arg(0, library.MASKED_EQ, flag, flag)
            rules.add_rule(refused, "clone", new)
    for request in _TERMINAL_INJECTIONS:
        rules.add_rule(refused, "ioctl", _is(1, request))
    _refuse_sockets(library, rules)
    return rules


def _refuse_sockets(library: Any, rules: Any) -> None:
    """Allow Unix sockets, and IP and route look-ups in the empty network."""
    refused = library.ERRNO(errno.EAFNOSUPPORT)
    allowed = {_UNIX, _INET, _INET6, _NETLINK}
    for family in set(range(_LAST_FAMILY + 1)) - allowed:
        rules.add_rule(refused, "socket", _is(0, family))
    # With its upper half, which makes larger and lets nothing pass.
    rules.add_rule(refused, "socket", library.Arg(0, library.GT, _LAST_FAMILY))


def _refuse_netlink(rules: Any, *, altogether: bool) -> None:
    """Allow to look up routes, but nobody who may change them."""
    library = _library()
    netlink = _is(0, _NETLINK)
    if altogether:
        # ZeroMQ takes this answer for a machine without network devices.
        rules.add_rule(library.ERRNO(errno.EOPNOTSUPP), "socket", netlink)
        return
    other = library.Arg(2, library.NE, _NETLINK_ROUTE)
    rules.add_rule(library.ERRNO(errno.EAFNOSUPPORT), "socket", netlink, other)


def _refuse_what_joining_opens(rules: Any) -> None:
    """Refuse what somebody could do who enters a sandbox and has every right there.

    Its network is empty, but whoever has rights over one reaches parts of Linux that
    are closed to others. And whoever is stopped must not have himself woken up.
    """
    library = _library()
    refused = library.ERRNO(errno.EPERM)

    def refuse(call: str, *given: Any) -> None:
        rules.add_rule(refused, call, *given)

    for family in (_INET, _INET6):
        kind = library.Arg(1, library.MASKED_EQ, _KIND_OF_SOCKET, _RAW)
        refuse("socket", _is(0, family), kind)
    refuse("ioctl", library.Arg(1, library.MASKED_EQ, 0xFFFFFF00, _NETWORK_DEVICES))
    for bit in range(_NETFILTER.bit_length() - 1, _INT.bit_length()):
        # From that number on, each has one of these.
        option = library.Arg(2, library.MASKED_EQ, 1 << bit, 1 << bit)
        refuse("setsockopt", _is(1, _IP), option)
    for number in (_NETFILTER, _NETFILTER + 1):
        refuse("setsockopt", _is(1, _IPV6), _is(2, number))
    refuse("clone", library.Arg(0, library.MASKED_EQ, 0xFF, _CONTINUE))
    refuse("prctl", _is(0, _AT_PARENTS_END), _is(1, _CONTINUE))
    refuse("timer_create")
    refuse("mq_notify")
    for command in (_CHOOSE_SIGNAL, _WATCH_FOLDER):
        refuse("fcntl", _is(1, command))


def _is(place: int, value: int) -> Any:
    """Compare an argument as Linux reads an ``int``."""
    library = _library()
    return library.Arg(place, library.MASKED_EQ, _INT, value)


def _export(rules: Any) -> bytes:
    with os.fdopen(os.memfd_create("seccomp"), "r+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse_unknown() -> bytes:
    """Assemble: load the call's number; if above the last known, answer ENOSYS.

    Numbers from 424 on are the same on every machine; x32 calls lie above 2^30 and
    fall here too. The instructions are those of ``linux/filter.h``.
    """
    load_word, jump_if_greater, answer = 0x20, 0x25, 0x06
    return b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (load_word, 0, 0, 0),
            (jump_if_greater, 0, 1, _LAST_KNOWN_CALL),
            (answer, 0, 0, 0x00050000 | errno.ENOSYS),
            (answer, 0, 0, 0x7FFF0000),
        )
    )


def _library() -> Any:
    try:
        # Looks for the C library when imported, and fails there: so not before use.
        import pyseccomp  # noqa: PLC0415 - see above
    except RuntimeError as error:
        raise HostError(
            "libseccomp is missing, without which a sandbox could reach the kernel's"
            " rarely used calls. Install it: apt-get install libseccomp2"
        ) from error
    return pyseccomp
