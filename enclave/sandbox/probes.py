"""The list of probes: what is tried inside a sandbox to see whether it holds.

Run inside by :mod:`enclave.sandbox.isolation`.
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from enclave.sandbox.attempts import (
    Stopped,
    Targets,
    connect,
    core_dump,
    file_systems,
    hidden_places,
    i386_interface,
    open_socket,
    other_processes,
    privileges,
    process_limit,
    secret_of_the_server,
    send_to,
    system_call,
    write_into,
    x32_interface,
)


_NEW_USER_NAMESPACE = 0x10000000
_TIOCSTI = 0x5412
_SEIZE = 0x4206  # traces a process without stopping it
# Younger than the last call that the filter's list was made from.
_UNKNOWN_CALL = 451
_SYSTEM = ("/", "/usr", "/etc", "/dev", sys.prefix)


@dataclass(frozen=True)
class Finding:
    """The outcome of one probe."""

    probe: str
    blocked: bool
    detail: str


Probe = Callable[[Targets], str]

PROBES: Mapping[str, Probe] = {
    "reach a server by TCP": lambda _: connect(socket.AF_INET, ("1.1.1.1", 443)),
    "reach a server by IPv6": lambda _: connect(
        socket.AF_INET6, ("2606:4700:4700::1111", 443)
    ),
    "send a datagram": lambda _: send_to(("8.8.8.8", 53)),
    "resolve a name": lambda _: str(socket.getaddrinfo("example.org", 80)),
    "reach the cloud's metadata": lambda _: connect(
        socket.AF_INET, ("169.254.169.254", 80)
    ),
    "reach the host's loopback": lambda t: connect(
        socket.AF_INET, ("127.0.0.1", t.port)
    ),
    "reach an abstract socket": lambda t: connect(socket.AF_UNIX, f"\0{t.abstract}"),
    "open a socket to the hypervisor": lambda _: open_socket(40, socket.SOCK_STREAM, 0),
    "open a raw packet socket": lambda _: open_socket(17, socket.SOCK_RAW, 0),
    "open a kernel cipher": lambda _: open_socket(38, socket.SOCK_SEQPACKET, 0),
    "open a netfilter socket": lambda _: open_socket(16, socket.SOCK_RAW, 12),
    "see keys, vault, database, other projects": hidden_places,
    "read /etc/shadow": lambda _: Path("/etc/shadow").read_text()[:1],
    "write to the data": lambda t: write_into(t.read_only),
    "write to the system": lambda _: write_into(_SYSTEM),
    "find a secret of the server": secret_of_the_server,
    "see a process of the server": other_processes,
    "trace a process": lambda _: system_call("ptrace", _SEIZE, os.getppid(), 0, 0),
    "read another process's memory": lambda _: system_call(
        "process_vm_readv", os.getppid(), 0, 0, 0, 0, 0
    ),
    "take another process's file": lambda _: system_call("pidfd_getfd", -1, 0, 0),
    "fork into a user namespace": lambda _: system_call(
        "clone", _NEW_USER_NAMESPACE | 17, 0, 0, 0, 0
    ),
    "make a user namespace": lambda _: system_call("unshare", _NEW_USER_NAMESPACE),
    "fork past the filter": lambda _: system_call("clone3", 0, 0),
    "type into the terminal": lambda _: system_call("ioctl", 0, _TIOCSTI, 0),
    "mount": lambda _: system_call("mount", 0, 0, 0, 0, 0),
    "open a mount": lambda _: system_call("open_tree", -1, 0, 0),
    "enter a namespace": lambda _: system_call("setns", -1, 0),
    "use io_uring": lambda _: system_call("io_uring_setup", 1, 0),
    "load a BPF program": lambda _: system_call("bpf", 0, 0, 0),
    "use the kernel's keyring": lambda _: system_call("keyctl", 0, -3, 0),
    "use performance events": lambda _: system_call("perf_event_open", 0, 0, -1, -1, 0),
    "handle page faults": lambda _: system_call("userfaultfd", 1),
    "call what nobody has reviewed": lambda _: system_call(_UNKNOWN_CALL, -1, 0, 0, 0),
    "call by the x32 interface": x32_interface,
    "call by the 32-bit interface": i386_interface,
    "fill the memory with files": file_systems,
    "start processes without end": process_limit,
    "leave a core dump": core_dump,
    "gain privileges": privileges,
}


def attempt(name: str, targets: Targets) -> Finding:
    """Make one attempt."""
    try:
        return Finding(name, blocked=False, detail=PROBES[name](targets))
    except Stopped as stopped:
        return Finding(name, blocked=True, detail=str(stopped))
    except OSError as error:
        return Finding(
            name, blocked=True, detail=error.strerror or type(error).__name__
        )


def main(document: str) -> None:
    """Make every attempt; print one finding per line, as JSON."""
    given = json.loads(document)
    for name in ("hidden", "read_only"):
        given[name] = tuple(given[name])
    targets = Targets(**given)
    for name in PROBES:
        sys.stdout.write(json.dumps(asdict(attempt(name, targets))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(os.environ["ENCLAVE_PROBE_TARGETS"])
