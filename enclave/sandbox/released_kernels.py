"""The kernels that an analysis can be run in: released once, never changed.

A release is a folder of ``kernels/kernelspecs``: a Jupyter kernelspec and a full lock
with hashes of everything that is installed. It is installed into an environment of its
own, apart from the software of the enclave, so that neither's updates reach the other.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from enclave.canonical import file_digest
from enclave.errors import IntegrityError, NotFoundError
from enclave.settings import Settings


DEFAULT = "python-2026.11"

# Written into an environment last: what has it is complete.
MARK = "enclave-release.json"

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", re.MULTILINE)

# What makes an environment an environment, and no analysis imports.
_TOOLS = {"pip", "setuptools", "wheel"}


@dataclass(frozen=True)
class Release:
    """One released kernel, as it lies in the repository."""

    name: str
    folder: Path

    @cached_property
    def specification(self) -> dict[str, Any]:
        """The kernelspec, its environment still to be named."""
        document: dict[str, Any] = json.loads((self.folder / "kernel.json").read_text())
        return document

    @property
    def python(self) -> str:
        """The version of Python that the lock was made for, for instance ``3.11``."""
        return str(self.specification["metadata"]["enclave"]["python"])

    @property
    def lock(self) -> Path:
        """The lock: every package with version and hashes."""
        return self.folder / "requirements.lock"

    def packages(self) -> dict[str, str]:
        """Return the version of each locked package."""
        found = _PINNED.findall(self.lock.read_text())
        return {_normal(name): version for name, version in found}

    def prefix(self, settings: Settings) -> Path:
        """Return where its environment is, or is to be, installed."""
        return settings.kernels / self.name

    def kernelspec(self, settings: Settings) -> Path:
        """Return the folder of its kernelspec in that environment."""
        return self.prefix(settings) / "share" / "jupyter" / "kernels" / self.name

    def is_installed(self, settings: Settings) -> bool:
        """Tell whether the environment is there, complete and of this very lock."""
        mark = self.prefix(settings) / MARK
        if not mark.exists():
            return False
        return bool(json.loads(mark.read_text()) == self.mark())

    def mark(self) -> dict[str, str]:
        """Return what a complete environment says of itself."""
        return {"name": self.name, "lock": file_digest(self.lock)}


def releases() -> list[Release]:
    """Return every released kernel, by name."""
    return [
        Release(file.parent.name, file.parent)
        for folder in _kernelspecs()
        for file in sorted(folder.glob("*/kernel.json"))
    ]


def release(name: str) -> Release:
    """Return one released kernel.

    Raises
    ------
    NotFoundError
        Naming those there are.
    """
    known = {release.name: release for release in releases()}
    if name not in known:
        raise NotFoundError(
            f"There is no kernel {name}. Released are: {', '.join(known) or 'none'}."
        )
    return known[name]


def installed(settings: Settings, name: str) -> Release:
    """Return a released kernel that can be started here.

    Raises
    ------
    NotFoundError
        If it was never released, or is not installed.
    """
    found = release(name)
    if not found.is_installed(settings):
        raise NotFoundError(
            f"The kernel {name} is not installed. Install it: enclave kernels install"
            f" {name}"
        )
    return found


def verify(settings: Settings, name: str) -> int:
    """Compare an installed environment with its lock; return the number of packages.

    Raises
    ------
    IntegrityError
        Naming what is missing, added or of another version.
    NotFoundError
        If it is not installed.
    """
    found = installed(settings, name)
    locked, present = found.packages(), packages(found.prefix(settings))
    wrong = sorted(
        f"{package} is {present.get(package, 'missing')}"
        f" ({locked.get(package, 'not')} in the lock)"
        for package in locked.keys() | present.keys() - _TOOLS
        if locked.get(package) != present.get(package)
    )
    if wrong:
        raise IntegrityError(
            f"The environment of {name} is not what was released: {'; '.join(wrong)}."
            f" Build it again: enclave kernels install --again {name}"
        )
    return len(locked)


def packages(prefix: Path) -> dict[str, str]:
    """Return the version of each package in an environment."""
    folders = [str(folder) for folder in prefix.glob("lib/python3*/site-packages")]
    return {
        _normal(distribution.name): distribution.version
        for distribution in distributions(path=folders)
    }


def _kernelspecs() -> Iterator[Path]:
    """Find the releases beside the package that runs them."""
    found = find_spec("enclave_kernels")
    for place in (found and found.submodule_search_locations) or ():
        candidates = (Path(place, "kernelspecs"), Path(place).parent / "kernelspecs")
        yield from (folder for folder in candidates if folder.is_dir())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
