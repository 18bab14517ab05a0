"""Build and start sandboxes with bubblewrap.

Started by an ordinary user, one bubblewrap does everything in a user namespace.

Started by root, two are chained. The first makes the mounts as root, so that the
project's account need not be able to reach their sources; ``setpriv`` then gives up
root for good; the second does, as that account, exactly what an ordinary user's does.
(One bubblewrap as root would be simpler. But it covers parts of ``/proc``, after which
Linux forbids a sandbox inside to mount its own, and a kernel could not be closed off
from its workspace server.)

Options travel in nameless files (``--args FD``), never on the command line, where
anybody on the machine could read them. The outer environment is empty, so no process
inside has another environment than the one described.
"""

import fcntl
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from enclave.errors import HostError
from enclave.sandbox import filesystem, seccomp
from enclave.sandbox.description import Account, Limits, SandboxDescription
from enclave.sandbox.prepared import Prepared
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.programs import program


# Neither its content nor its length can be changed, nor that.
_SEALED = (
    fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
)


def prepare(description: SandboxDescription) -> Prepared:
    """Lay out a sandbox without starting it.

    Raises
    ------
    HostError
        If a program or library is missing that it takes.
    ValueError
        If root asks for a sandbox without an account, another user for one with a
        foreign account, or a text holds a NUL character.
    """
    owner = owner_of(description.account)
    status, status_inside = os.pipe()
    handed = [status_inside]

    def hand(content: bytes) -> int:
        handed.append(nameless_file(content))
        return handed[-1]

    try:
        argv = command_line(description, hand, status_inside)
    except BaseException:
        for file in (status, *handed):
            os.close(file)
        raise
    return Prepared(argv, (*description.pass_fds, *handed), status, handed, owner.uid)


def launch(
    description: SandboxDescription,
    *,
    given: int = subprocess.DEVNULL,
    output: int = subprocess.DEVNULL,
    group: Path | None = None,
) -> SandboxProcess:
    """Start a sandbox.

    Parameters
    ----------
    description
        The sandbox.
    given, output
        Where its command reads from and prints to, as :class:`subprocess.Popen` takes
        it.
    group
        The control group that all of it is to be in.

    Raises
    ------
    HostError
        If it cannot be built on this machine.
    """
    prepared = prepare(description)
    try:
        monitor = subprocess.Popen(
            [*_joining(group), *prepared.argv],
            env=prepared.env,
            pass_fds=prepared.pass_fds,
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
    except BaseException:
        prepared.close()
        raise
    return followed(prepared, monitor)


def followed(prepared: Prepared, monitor: "subprocess.Popen[bytes]") -> SandboxProcess:
    """Return a sandbox whose building has begun.

    Raises
    ------
    HostError
        If it cannot be built, with what was said about it.
    """
    try:
        return SandboxProcess(prepared, monitor)
    except HostError as error:
        said = monitor.communicate()[0] or b""
        raise HostError(f"{error} {said.decode(errors='replace').strip()}") from error


def _joining(group: Path | None) -> list[str]:
    if group is None:
        return []
    join = 'echo 0 > "$0" && exec "$@"'
    return [program("sh"), "-c", join, str(group / "cgroup.procs")]


def owner_of(account: Account | None) -> Account:
    """Return the account that a sandbox runs under which names this one."""
    if os.geteuid() == 0:
        if account is None:
            raise ValueError("a sandbox started by root needs an account")
        return account
    own = Account(os.geteuid(), os.getegid())
    if account not in {None, own}:
        raise ValueError("only root can start a sandbox under another account")
    return own


def command_line(
    description: SandboxDescription, hand: filesystem.Handover, status: int
) -> list[str]:
    """Return the programs that build a sandbox, and what they are seen to be told.

    Nothing of that is the sandbox's own but its command with its limits, and what can
    be answered by yes or no.

    Parameters
    ----------
    hand
        Called for each file that they read, in an order that is always the same.
    status
        Where the last bubblewrap reports.
    """
    owner = owner_of(description.account)
    inner = ["--json-status-fd", str(status)]
    if os.geteuid() != 0:
        return alone(description, owner, hand, visible=inner)
    mounts = filesystem.root(description, owner, hand)
    closed = [*_isolation(description, hand), *filesystem.closing(description)]
    command = _command(description)
    # The second bubblewrap may mount a /proc of its own only where it sees a whole one.
    whole = ["--bind", "/proc", "/proc"]
    parent = ["--die-with-parent"] if description.die_with_parent else []
    return [
        *bubblewrap([*mounts, *whole, *parent], [], hand),
        *_between(die_with_parent=description.die_with_parent),
        # By the name that it has inside, and there alone.
        *give_up_root(
            filesystem.PERSON,
            filesystem.PERSON,
            die_with_parent=description.die_with_parent,
        ),
        # Devices are taken over as they are: the first has shown none but its own.
        *bubblewrap(["--dev-bind", "/", "/", *closed], inner, hand),
        *command,
    ]


def alone(
    description: SandboxDescription,
    owner: Account,
    hand: filesystem.Handover,
    *,
    visible: Sequence[str] = (),
) -> list[str]:
    """Return the one command line that an ordinary user's sandbox takes.

    Parameters
    ----------
    owner
        The account that runs it.
    visible
        Options that may stand on the command line.
    """
    options = [
        *filesystem.root(description, owner, hand),
        *_isolation(description, hand),
        *filesystem.closing(description),
    ]
    return [*bubblewrap(options, visible, hand), *_command(description)]


def _command(description: SandboxDescription) -> list[str]:
    if description.is_held_open:
        return [program("cat")]  # who is sent in brings their own limits
    return [*prlimit(description.limits), *description.command]


def bubblewrap(
    options: Iterable[str], visible: Sequence[str], hand: filesystem.Handover
) -> list[str]:
    """Return a command line of bubblewrap; what is not ``visible`` goes by a file."""
    # Options are told apart by NUL: one inside a value would be the end of it.
    listed = list(options)
    if any("\0" in option for option in listed):
        raise ValueError("a path or a variable holds a NUL character")
    packed = b"".join(os.fsencode(option) + b"\0" for option in listed)
    return [program("bwrap"), *visible, "--args", str(hand(packed)), "--"]


def _between(*, die_with_parent: bool) -> list[str]:
    # The first bubblewrap that waits has no rights left, and Linux delivers the signal
    # of a dying parent only where the parent might have sent it: so one of root's own
    # processes stands between the two.
    return [program("unshare"), "--kill-child=KILL", "--"] if die_with_parent else []


def give_up_root(
    user: str | int, group: str | int, *, die_with_parent: bool = False
) -> list[str]:
    """Return the beginning of a command line that is an account's, for good."""
    return [
        program("setpriv"),
        f"--reuid={user}",
        f"--regid={group}",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--no-new-privs",
        # A change of account makes Linux forget the signal.
        f"--pdeathsig={'KILL' if die_with_parent else 'clear'}",
    ]


def _isolation(description: SandboxDescription, hand: filesystem.Handover) -> list[str]:
    options = [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
        *("--unshare-uts", "--unshare-cgroup", "--hostname", "enclave"),
        *("--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--chdir", str(description.workdir)),
    ]
    if not description.reaper:
        options.append("--as-pid-1")
    for name, value in description.environment.items():
        options += ["--setenv", name, value]
    nested, joins = description.allow_nested, description.forks_into_others
    for bpf in seccomp.filters(allow_nested=nested, may_join=joins):
        options += ["--add-seccomp-fd", str(hand(bpf))]
    if not (nested or joins):
        options.append("--disable-userns")
    if description.die_with_parent:
        options.append("--die-with-parent")
    return options


def prlimit(limits: Limits) -> list[str]:
    """Return the beginning of a command line that keeps to limits."""
    options = [f"--{name}={n}:{n}" for name, n in limits.by_resource().items()]
    return [program("prlimit"), *options, "--"]


def nameless_file(content: bytes) -> int:
    """Return the descriptor of a file in memory with this content, for good.

    Whoever has the account that it is handed to could open it anew and write into it,
    before it is read.
    """
    file = empty_file()
    fill(file, content)
    return file


def empty_file() -> int:
    """Return the descriptor of a file in memory that is to be filled once."""
    return os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def fill(file: int, content: bytes) -> None:
    """Give such a file its content, for good, to be read from its beginning."""
    with os.fdopen(file, "wb", closefd=False) as writer:
        writer.write(content)
        writer.flush()
        os.lseek(file, 0, os.SEEK_SET)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALED)
