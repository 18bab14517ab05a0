"""The file system of a sandbox, as options of bubblewrap.

Nothing of the host is seen but ``/usr`` (programs and libraries, read-only), the few
files of ``/etc`` that programs cannot do without, and the mounts of the description.
A kernel that comes with a Linux system of its own sees that one instead of the host's.
Every file system in memory has a size, and the root itself is read-only.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from enclave.sandbox.description import Account, Mount, SandboxDescription


# On Debian these are links into /usr; where they are folders, they are shown as such.
_TOP_LEVEL = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

_ETC = (
    "alternatives",  # where /usr/bin/X really points, BLAS among them
    "fonts",
    "ld.so.cache",
    "localtime",
    "R",
)

PERSON = "researcher"
"""What the account of a sandbox is called inside, and the group of it."""

Handover = Callable[[bytes], int]
"""Puts bytes into a file without a name and returns its descriptor."""


def root(description: SandboxDescription, owner: Account, hand: Handover) -> list[str]:
    """Return the options for everything but ``/proc``, and ``/dev/shm``."""
    system = description.root or Path("/")
    return [
        *_system(system),
        *_etc(system, owner, description.environment.get("HOME", "/"), hand),
        *_memory(Path("/tmp"), description),  # noqa: S108 - inside the sandbox
        *_mounts(description),
        *("--dev", "/dev"),
    ]


def closing(
    description: SandboxDescription, processes: Sequence[str] = ("--proc", "/proc")
) -> list[str]:
    """Return the options for ``/proc``, ``/dev/shm`` and the root, which come last.

    What is seen below ``/proc`` are the sandbox's own processes, unless told otherwise.

    The file systems that bubblewrap makes for ``/`` and ``/dev`` have no size, so they
    are closed to writing once they are filled.
    """
    size = str(description.limits.tmp_bytes)
    return [
        *processes,
        *("--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"),  # noqa: S108 - ditto
        *("--remount-ro", "/dev", "--remount-ro", "/"),
    ]


def _system(system: Path) -> Iterator[str]:
    yield from ("--ro-bind", str(system / "usr"), "/usr")
    for name in _TOP_LEVEL:
        path = system / name
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), f"/{name}")
        elif path.is_dir():
            yield from ("--ro-bind", str(path), f"/{name}")


def _etc(system: Path, owner: Account, home: str, hand: Handover) -> Iterator[str]:
    yield from ("--perms", "0755", "--dir", "/etc")
    for name in _ETC:
        path = system / "etc" / name
        # A link is made in no time, a mount is not.
        if path.is_symlink() and path.readlink().is_relative_to("/usr"):
            yield from ("--symlink", str(path.readlink()), f"/etc/{name}")
        else:
            yield from ("--ro-bind-try", str(path), f"/etc/{name}")
    # getpwuid() is asked by much software at its start.
    person = f"{PERSON}:x:{owner.uid}:{owner.gid}:Researcher:{home}:/bin/sh\n"
    files = {
        "passwd": person
        + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"{PERSON}:x:{owner.gid}:\nnogroup:x:65534:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    for name, content in files.items():
        file = str(hand(content.encode()))
        yield from ("--perms", "0444", "--file", file, f"/etc/{name}")


def _mounts(description: SandboxDescription) -> Iterator[str]:
    made, filled = {Path("/"), Path("/etc"), Path("/tmp")}, {Path("/usr")}  # noqa: S108
    for mount in sorted(description.mounts, key=lambda mount: mount.target.parts):
        for folder in reversed(mount.target.parents):
            # Left to itself, bubblewrap gives the folders above a mount the permissions
            # of the mount's source, and the account inside may not pass.
            if folder not in made and filled.isdisjoint((folder, *folder.parents)):
                yield from ("--perms", "0755", "--dir", str(folder))
                made.add(folder)
        yield from _mount(mount, description)
        (made if mount.source is None else filled).add(mount.target)


def _mount(mount: Mount, description: SandboxDescription) -> list[str]:
    if mount.source is None:
        return _memory(mount.target, description)
    if mount.as_link:
        return ["--symlink", str(mount.source.readlink()), str(mount.target)]
    kind = "--bind" if mount.writable else "--ro-bind"
    return [kind, str(mount.source), str(mount.target)]


def _memory(target: Path, description: SandboxDescription) -> list[str]:
    size = str(description.limits.tmp_bytes)
    return ["--perms", "1777", "--size", size, "--tmpfs", str(target)]
