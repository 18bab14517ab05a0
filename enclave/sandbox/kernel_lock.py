r"""The lock of a kernel: all that is installed for it, version by version.

One file in pip's format. Where a kernel brings a Linux system of its own, its Debian
packages come first, written in the same way, each with the hash of its ``.deb``::

    # Debian packages
    bash==5.2.15-2+b13 \
        --hash=sha256:...
    # Python packages
    duckdb==2.0.0 \
        --hash=sha256:...
"""

import re
from dataclasses import dataclass

from enclave.errors import IntegrityError


DEBIAN = "# Debian packages"
PYTHON = "# Python packages"
LIBRARY = "# Library sha256:"

_PINNED = re.compile(r"^([A-Za-z0-9._+-]+)==([^ \\;]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^    #(?: via)? +([A-Za-z0-9._-]+)$", re.MULTILINE)


@dataclass(frozen=True)
class LockedPackage:
    """One package of a lock.

    Attributes
    ----------
    kind
        ``deb`` or ``pypi``.
    hashes
        SHA-256 of each file that it may be installed from.
    wanted_by
        Packages of the same lock that need it, where the lock says so.
    """

    kind: str
    name: str
    version: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name as packages are compared by."""
        return normal(self.name)


@dataclass(frozen=True)
class Lock:
    """What a lock says."""

    text: str

    @property
    def debian(self) -> tuple[LockedPackage, ...]:
        """Packages of the system that the kernel brings; empty if it brings none.

        Raises
        ------
        IntegrityError
            If one has not exactly one hash: a ``.deb`` is never built here.
        """
        _, separator, rest = self.text.partition(DEBIAN)
        found = _entries("deb", rest.partition(PYTHON)[0]) if separator else ()
        for package in found:
            if len(package.hashes) != 1:
                raise IntegrityError(
                    f"The lock has no hash for the Debian package {package.name}."
                    " Restore the release."
                )
        return found

    @property
    def python_text(self) -> str:
        """The part that installers of Python packages read."""
        if DEBIAN not in self.text:
            return self.text
        return self.text.partition(PYTHON)[2]

    @property
    def python(self) -> tuple[LockedPackage, ...]:
        """The Python packages."""
        return _entries("pypi", self.python_text)

    @property
    def library(self) -> str | None:
        """SHA-256 of the kernel's own library, as the lock names it."""
        _, separator, rest = self.text.partition(LIBRARY)
        return rest.split()[0] if separator else None

    def versions(self) -> dict[str, str]:
        """Return the version of each package, by its normal name."""
        return {each.key: each.version for each in (*self.debian, *self.python)}


def normal(name: str) -> str:
    """Return the form of a package's name by which two spellings are the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _entries(kind: str, text: str) -> tuple[LockedPackage, ...]:
    found = list(_PINNED.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return tuple(
        _entry(kind, match, text[match.end() : end])
        for match, end in zip(found, ends, strict=True)
    )


def _entry(kind: str, match: re.Match[str], rest: str) -> LockedPackage:
    return LockedPackage(
        kind,
        match[1],
        match[2],
        tuple(_HASH.findall(rest)),
        tuple(name for name in _VIA.findall(rest) if name != "via"),
    )
