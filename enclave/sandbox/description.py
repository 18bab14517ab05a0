"""What a sandbox holds: a command, the folders it sees, its environment, its limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Mount:
    """One file, folder or socket that is seen inside.

    Attributes
    ----------
    source
        Where it lies outside. None for an empty file system in memory, at most
        ``Limits.tmp_bytes`` large.
    target
        Where it is seen inside: absolute.
    writable
        False for read-only.
    as_link
        True to show a symbolic link as the link it is, not as what it leads to.
    """

    source: Path | None
    target: Path
    writable: bool = False
    as_link: bool = False

    def __post_init__(self) -> None:
        if not self.target.is_absolute() or ".." in self.target.parts:
            raise ValueError(f"{self.target} is not an absolute path")
        if self.source is not None and not self.source.is_absolute():
            raise ValueError(f"{self.source} is not an absolute path")

    def write(self) -> dict[str, Any]:
        """Return the mount as JSON."""
        return asdict(self, dict_factory=_plain)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Mount":
        """Read a mount from JSON."""
        source, target = document["source"], str(document["target"])
        return cls(
            source=None if source is None else Path(str(source)),
            target=Path(target),
            writable=document["writable"] is True,
            as_link=document["as_link"] is True,
        )


@dataclass(frozen=True)
class Limits:
    """How much a sandbox may use; None for no limit.

    Attributes
    ----------
    memory_bytes
        Memory of each process that it can write to (``RLIMIT_DATA``; unlike
        ``RLIMIT_AS`` it leaves alone what is only reserved).
    address_bytes
        Addresses of each process, used or not (``RLIMIT_AS``): the bound of memory
        that it shares, which ``memory_bytes`` does not count.
    processes
        Processes and threads, all together, also of sandboxes inside.
    cpu_seconds
        Processor time of each process.
    file_bytes
        Size of one file.
    tmp_bytes
        Size of each file system in memory (``/tmp``, ``/dev/shm``).
    wall_seconds
        Time from start to kill, for a sandbox that is waited for.
    total_memory_bytes, processors
        Memory and share of processors of everything in it together; kept for
        workspaces, where control groups can be written.
    """

    memory_bytes: int | None = 4 * GIBIBYTE
    processes: int | None = 512
    cpu_seconds: int | None = None
    file_bytes: int | None = 8 * GIBIBYTE
    tmp_bytes: int = 512 * MEBIBYTE
    wall_seconds: float | None = None
    total_memory_bytes: int | None = None
    address_bytes: int | None = None
    processors: float | None = None

    def by_resource(self) -> dict[str, int]:
        """Return the limits that Linux keeps for a process, by its names for them."""
        wanted = {
            "nproc": self.processes,
            "fsize": self.file_bytes,
            "cpu": self.cpu_seconds,
            "data": self.memory_bytes,
            "as": self.address_bytes,
            "core": 0,
        }
        return {name: most for name, most in wanted.items() if most is not None}


@dataclass(frozen=True)
class Account:
    """The operating-system account that a sandbox runs under, never root."""

    uid: int
    gid: int

    def __post_init__(self) -> None:
        if self.uid <= 0 or self.gid <= 0:
            raise ValueError("a sandbox never runs as root")


@dataclass(frozen=True)
class SandboxDescription:
    """A sandbox, before it is built.

    Attributes
    ----------
    command
        Program and arguments; none where the sandbox is only to be held open, for
        processes that are sent in (:mod:`enclave.sandbox.joining`). They can be seen by
        anybody on the machine who may see processes: secrets go into ``environment``.
    mounts
        What is seen inside beside ``/usr`` and a minimal ``/etc``. A mount may lie in
        another; no two may have the same target.
    environment
        The whole environment of the command: nothing is inherited.
    workdir
        The folder the command starts in.
    limits
        What it may use.
    account
        The account it runs under. Needed where the caller is root, and refused
        elsewhere: see :func:`enclave.sandbox.accounts.for_project`.
    pass_fds
        Open file descriptors handed in under the same numbers.
    allow_nested
        True where the command itself builds sandboxes (a workspace server, a run of a
        notebook). Costs reach: user code must not run directly in such a sandbox.
    die_with_parent
        True to end with the *thread* that started it, whatever ends that.
    reaper
        True to put a small first process before the command, which clears away what
        the command's children leave behind. Signals from outside then cannot reach the
        command, only end it.
    forks_into_others
        True where forks of the command enter sandboxes that were built beneath its own
        (see :mod:`enclave.sandbox.beneath`). It can build none itself.
    root
        A folder with a Linux system of its own, whose ``/usr`` and files of ``/etc``
        are seen instead of the host's. It has to hold bubblewrap and util-linux.
    """

    command: list[str]
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workdir: Path = Path("/tmp")  # noqa: S108 - the sandbox's own, made for it
    limits: Limits = field(default_factory=Limits)
    account: Account | None = None
    pass_fds: tuple[int, ...] = ()
    allow_nested: bool = False
    die_with_parent: bool = False
    reaper: bool = False
    forks_into_others: bool = False
    root: Path | None = None

    def __post_init__(self) -> None:
        if self.command and not self.command[0].startswith("/"):
            raise ValueError("the command needs the absolute path of a program")
        targets = [mount.target for mount in self.mounts]
        if len(set(targets)) < len(targets):
            raise ValueError("two mounts have the same target")
        for name in self.environment:
            if not name or "=" in name:
                raise ValueError(f"{name!r} is not the name of a variable")

    @property
    def is_held_open(self) -> bool:
        """Whether nothing runs in it by itself."""
        return not self.command

    def write(self) -> dict[str, Any]:
        """Return the description as JSON, for another process of ours."""
        return asdict(self, dict_factory=_plain)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "SandboxDescription":
        """Read what :meth:`write` returned."""
        account = document["account"]
        special = {
            "mounts": tuple(Mount.read(mount) for mount in document["mounts"]),
            "workdir": Path(document["workdir"]),
            "limits": Limits(**document["limits"]),
            "account": None if account is None else Account(**account),
            "pass_fds": tuple(document["pass_fds"]),
        }
        return cls(**{**document, **special})


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in items
    }
