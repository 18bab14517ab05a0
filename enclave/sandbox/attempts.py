"""What user code could try, from inside a sandbox, to get out of it.

Every attempt is harmless even where it succeeds. It raises what stopped it; if it
returns, the sandbox is open at that place, and what it returns says how.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE, mmap
from pathlib import Path

from enclave.sandbox.seccomp import number_of


_LIBC = ctypes.CDLL(None, use_errno=True)
_SECONDS = 2.0
_X32_GETPID = 0x40000000 + 39


@dataclass(frozen=True)
class Targets:
    """What outside would be worth reaching.

    Attributes
    ----------
    hidden
        Paths that must not exist inside.
    read_only
        Folders that must not take a file.
    yranac
        A secret of the server's environment, which nothing inside may show; spelt
        backwards, so that this very description does not.
    port
        TCP port of a server on the host's loopback.
    abstract
        Name of an abstract Unix socket on the host.
    tmp_bytes
        Allowed size of each file system in memory.
    processes
        Allowed number of processes.
    """

    hidden: tuple[str, ...]
    read_only: tuple[str, ...]
    yranac: str
    port: int
    abstract: str
    tmp_bytes: int
    processes: int


class Stopped(Exception):  # noqa: N818 - not an error: the sandbox held
    """What was tried did not work."""


def system_call(name: str | int, *arguments: int) -> str:
    """Make a system call; only EPERM and ENOSYS mean that it was not let through."""
    number = name if isinstance(name, int) else number_of(name)
    ctypes.set_errno(0)
    result = _LIBC.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    if result == 0 and name == "clone":
        os._exit(0)
    code = ctypes.get_errno()
    if result < 0 and code in {errno.EPERM, errno.ENOSYS}:
        raise Stopped(errno.errorcode[code])
    return f"let through: {errno.errorcode.get(code, result)}"


def connect(family: int, address: tuple[str, int] | str) -> str:
    """Connect a stream."""
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(_SECONDS)
        attempt.connect(address)
    return f"connected to {address!r}"


def send_to(address: tuple[str, int]) -> str:
    """Send a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attempt:
        attempt.sendto(b"probe", address)
    return f"sent to {address!r}"


def open_socket(family: int, kind: int, protocol: int) -> str:
    """Open a socket of a family that leads into the kernel or past the network."""
    socket.socket(family, kind, protocol).close()
    return "opened"


def hidden_places(targets: Targets) -> str:
    """Look whether a place of the installation is seen at all."""
    seen = [path for path in targets.hidden if os.path.lexists(path)]
    if not seen:
        raise Stopped(f"none of {len(targets.hidden)} places exists")
    return f"seen: {', '.join(seen)}"


def write_into(folders: tuple[str, ...]) -> str:
    """Leave a file in a folder."""
    for folder in folders:
        probe = Path(folder, "enclave-probe")
        try:
            probe.touch()
        except OSError:
            continue
        probe.unlink()
        return f"wrote into {folder}"
    raise Stopped(f"{len(folders)} folders take no file")


def secret_of_the_server(targets: Targets) -> str:
    """Look for a secret of the server in all that ``/proc`` shows."""
    secret, looked = targets.yranac[::-1].encode(), 0
    for file in Path("/proc").glob("[0-9]*/*"):
        if file.name in {"environ", "cmdline"}:
            looked += 1
            try:
                if secret in file.read_bytes():
                    return f"found in {file}"
            except OSError:
                continue
    raise Stopped(f"not in {looked} environments and command lines")


def other_processes(_: Targets) -> str:
    """Look for any process but this one and the reaper of its own sandbox."""
    own = {os.getpid(), 1} if _name(1) == "bwrap" else {os.getpid()}
    others = {int(folder.name) for folder in Path("/proc").glob("[0-9]*")} - own
    if not others:
        raise Stopped("sees no process but its own")
    return f"sees {', '.join(sorted({_name(pid) for pid in others}))}"


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "one that ended meanwhile"


def x32_interface(_: Targets) -> str:
    """Make a 64-bit call by the numbers of the x32 interface."""
    return _in_child(lambda: _LIBC.syscall(ctypes.c_long(_X32_GETPID)) > 0)


def i386_interface(_: Targets) -> str:
    """Make a call as a 32-bit program would, past a filter for 64-bit calls."""
    return _in_child(_interrupt_80)


def _interrupt_80() -> bool:
    code = mmap(
        -1, 4096, MAP_PRIVATE | MAP_ANONYMOUS, PROT_READ | PROT_WRITE | PROT_EXEC
    )
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return bool(ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0)


def _in_child(foreign_call: Callable[[], bool]) -> str:
    """Make a call that may be the caller's last."""
    if platform.machine() != "x86_64":
        raise Stopped("this machine has no such interface")
    child = os.fork()
    if child == 0:
        os._exit(0 if foreign_call() else 1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise Stopped(f"killed by {signal.Signals(os.WTERMSIG(status)).name}")
    if os.WEXITSTATUS(status):
        raise Stopped("no answer")
    return "answered"


def file_systems(targets: Targets) -> str:
    """Look for a file system in memory that takes more than it may."""
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - the sandbox's own
        found = os.statvfs(folder)
        size = found.f_blocks * found.f_frsize
        if size > targets.tmp_bytes:
            return f"{folder} takes {size} bytes"
    raise Stopped(f"at most {targets.tmp_bytes} bytes each")


def process_limit(targets: Targets) -> str:
    """Look for a right to fork without end."""
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    if 0 < hard <= targets.processes:
        raise Stopped(f"at most {hard}")
    return f"limit is {hard}"


def core_dump(_: Targets) -> str:
    """Look for a right to leave memory behind in a file."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        raise Stopped("size 0")
    return f"limit is {hard}"


def privileges(_: Targets) -> str:
    """Look for a capability, or a way to gain one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    wanted = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    wrong = [name for name, value in wanted.items() if status.get(name) != value]
    if wrong or os.geteuid() == 0:
        return f"uid {os.geteuid()}, {', '.join(wrong)}"
    raise Stopped(f"uid {os.geteuid()}, no capability, no way to gain one")
