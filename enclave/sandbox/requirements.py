"""Whether this machine can build sandboxes, and how well.

The answer is found by building one. Where it cannot, :func:`require` says what to
install or switch on; there is no way round it.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from enclave.errors import HostError
from enclave.sandbox import accounts, control_group, seccomp
from enclave.sandbox.description import Limits, SandboxDescription
from enclave.sandbox.programs import PACKAGES, program
from enclave.sandbox.running import run


_TRIAL_SECONDS = 30

LIMITED_BY = "resource limits: memory of each process, number of processes together"
LIMITED_TOGETHER = "control groups: memory, processes and processors of a workspace"

# A kernel's sandbox within a workspace's, in its smallest form.
_NESTED_TRIAL = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/"),
    *("--proc", "/proc", "--dev", "/dev", "--", "/usr/bin/true"),
)


@dataclass(frozen=True)
class Report:
    """What this machine offers for sandboxes.

    Attributes
    ----------
    bubblewrap
        Its version; empty if it is missing.
    accounts
        ``one per project`` where we are root, else ``the user's own``.
    limits
        What bounds the memory and the processes of a sandbox.
    problems
        What is missing, each with the command that helps. Empty if all is well.
    """

    bubblewrap: str
    accounts: str
    limits: str
    problems: tuple[str, ...]


def check() -> Report:
    """Look at this machine, and build a sandbox within a sandbox on it."""
    problems = _missing()
    return Report(
        bubblewrap="" if problems else _version(),
        accounts="one per project" if os.geteuid() == 0 else "the user's own",
        limits=_limited_by(),
        problems=tuple(problems or _trial()),
    )


def _limited_by() -> str:
    if control_group.given() is None:
        return f"{LIMITED_BY} (no control group of version 2 can be written here)"
    return f"{LIMITED_TOGETHER}; {LIMITED_BY}"


def require() -> None:
    """Make sure that sandboxes can be built here.

    Raises
    ------
    HostError
        Naming all that is missing and what to do about it.
    """
    problems = check().problems
    if problems:
        raise HostError(
            "This machine cannot build sandboxes, and nothing is run without one."
            + "".join(f"\n* {problem}" for problem in problems)
        )


def _missing() -> list[str]:
    problems = []
    for name in PACKAGES:
        try:
            program(name)
        except HostError as error:
            problems.append(str(error))
    try:
        seccomp.filters(allow_nested=False)
    except HostError as error:
        problems.append(str(error))
    return problems


def _version() -> str:
    shown = subprocess.run(
        [program("bwrap"), "--version"], capture_output=True, text=True, check=True
    )
    return shown.stdout.split()[-1]


def _trial() -> list[str]:
    trial = SandboxDescription(
        [program("bwrap"), *_NESTED_TRIAL],
        limits=Limits(wall_seconds=_TRIAL_SECONDS),
        account=accounts.for_dashboards(),
        allow_nested=True,
    )
    try:
        outcome = run(trial)
    except HostError as error:
        return [str(error), *_namespace_switches()]
    if outcome.exit_code == 0:
        return []
    said = " ".join(outcome.output.split())[:300] or f"exit code {outcome.exit_code}"
    return [f"A trial sandbox failed: {said}", *_namespace_switches()]


def _namespace_switches() -> list[str]:
    """Name the kernel settings that forbid what bubblewrap does."""
    wanted = {
        "user/max_user_namespaces": ("0", "user.max_user_namespaces=10000"),
        "kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
        "kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    }
    return [
        f"Linux forbids user namespaces here. Allow them: sysctl -w {setting}"
        for name, (forbidden, setting) in wanted.items()
        if (path := Path("/proc/sys", name)).exists()
        and path.read_text().strip() == forbidden
    ]
