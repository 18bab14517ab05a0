"""What a warm parent is made of, and the sandbox that it is in itself."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from enclave.sandbox import filesystem, seccomp
from enclave.sandbox.bubblewrap import (
    bubblewrap,
    give_up_root,
    nameless_file,
    prlimit,
)
from enclave.sandbox.description import Account, Limits, Mount, SandboxDescription
from enclave.sandbox.programs import program


# Its /proc shows the machine's processes, for it enters sandboxes of later; so let it
# see none but those of its own account.
_OWN_PROCESSES = (
    'mount -t proc -o hidepid=invisible,nosuid,nodev,noexec proc /proc && exec "$@"'
)


@dataclass(frozen=True)
class Recipe:
    """What a warm parent is made of; two that are equal may stand for each other.

    Attributes
    ----------
    command
        Starts it. It serves on its standard input.
    account
        Of the project whose sandboxes its forks enter. It is that, and no other, from
        its first moment: it has no right to become anybody.
    mounts
        The software that it sees, and nothing else.
    environment, workdir
        Exactly those of its forks: they have them from the first moment.
    allow_nested
        True where its forks build sandboxes themselves.
    limits
        Of its forks.
    version
        Tells apart what the others do not: the state of the software.
    """

    command: tuple[str, ...]
    account: Account
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str]
    workdir: Path
    allow_nested: bool = False
    limits: Limits = field(default_factory=Limits)
    version: str = ""

    def describe(self) -> SandboxDescription:
        """Return the sandbox of the parent itself."""
        return SandboxDescription(
            [*self.command],
            mounts=self.mounts,
            environment=self.environment,
            workdir=self.workdir,
            limits=self.limits,
            account=self.account,
            allow_nested=self.allow_nested,
        )


@contextmanager
def laid_out(recipe: Recipe) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Yield the command line of a warm parent's sandbox, and the files it inherits.

    Not :func:`enclave.sandbox.bubblewrap.prepare`: who enters the sandboxes of an
    account must not be in one itself, with a user namespace beside theirs. So this is
    the first of the two bubblewraps alone, with the filters of the second.
    """
    description, files = recipe.describe(), []

    def hand(content: bytes) -> int:
        files.append(nameless_file(content))
        return files[-1]

    options = [
        *filesystem.root(description, recipe.account, hand),
        *filesystem.closing(description, ("--bind", "/proc", "/proc")),
        *("--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"),
        *("--hostname", "enclave", "--clearenv", "--chdir", str(description.workdir)),
    ]
    for name, value in description.environment.items():
        options += ["--setenv", name, value]
    for bpf in seccomp.filters(allow_nested=description.allow_nested, may_join=True):
        options += ["--add-seccomp-fd", str(hand(bpf))]
    shown = [program("unshare"), "--mount", program("sh"), "-c", _OWN_PROCESSES, "sh"]
    try:
        yield (
            [
                *shown,
                *bubblewrap(options, [], hand),
                *give_up_root(recipe.account.uid, recipe.account.gid),
                *prlimit(description.limits),
                *description.command,
            ],
            tuple(files),
        )
    finally:
        for file in files:
            os.close(file)
