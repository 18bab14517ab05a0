"""The kernels that an analysis can be run in: released once, never changed.

A release is a folder of ``kernels/kernelspecs``: a Jupyter kernelspec and a full lock
with hashes of everything that is installed. It is installed into an environment of its
own, apart from the software of the enclave, so that neither's updates reach the other.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from enclave.canonical import file_digest
from enclave.errors import InputError, IntegrityError, NotFoundError
from enclave.sandbox import kernel_system
from enclave.sandbox.kernel_lock import Lock, normal
from enclave.settings import Settings


DEFAULT = "python-2026.12"

# Written into an environment last: what has it is complete.
MARK = "enclave-release.json"

LOCK = "requirements.lock"
BUILD_LOCK = "build.lock"
BILL = "bom.cdx.json"

# Below the environment of a kernel that brings a Linux system of its own.
ROOT = "root"

# Where a kernel with a system of its own keeps its Python packages.
SYSTEM_LIBRARY = "usr/lib/enclave"

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
    def language(self) -> str:
        """The language that it speaks."""
        return str(self.specification["language"])

    @property
    def lock(self) -> Path:
        """The lock: every package with version and hashes."""
        return self.folder / LOCK

    @property
    def build_lock(self) -> Path:
        """The lock of what it takes to build packages that come as source only."""
        return self.folder / BUILD_LOCK

    @property
    def bill(self) -> Path:
        """The bill of materials, in CycloneDX."""
        return self.folder / BILL

    @property
    def library(self) -> Path:
        """What the enclave itself puts into the kernel."""
        return self.folder / "library"

    @cached_property
    def locked(self) -> Lock:
        """What the lock says."""
        return Lock(self.lock.read_text())

    def packages(self) -> dict[str, str]:
        """Return the version of each locked package."""
        return self.locked.versions()

    @property
    def needs(self) -> str | None:
        """The licensed program that it takes, if it takes one."""
        needed: str | None = self.specification["metadata"]["enclave"].get("needs")
        return needed

    def root(self, settings: Settings) -> Path | None:
        """Return the root of the Linux system that it brings, if it brings one."""
        return self.prefix(settings) / ROOT if self.locked.debian else None

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


def check_same_language(other: str, recorded: str) -> None:
    """Refuse a kernel that cannot run what was written for another.

    Raises
    ------
    NotFoundError
        If one of them was never released.
    InputError
        If they speak different languages.
    """
    spoken, needed = release(other).language, release(recorded).language
    if spoken != needed:
        raise InputError(
            f"{other} is a kernel for {spoken}, and the analysis is written in"
            f" {needed}: name another release of its own kernel."
        )


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
    root = prefix / ROOT
    folders = [*prefix.glob("lib/python3*/site-packages"), root / SYSTEM_LIBRARY]
    found = [_name_and_version(each) for each in _metadata(folders)]
    return {
        normal(name): version
        for name, version in (*kernel_system.versions(root).items(), *found)
    }


def _metadata(folders: list[Path]) -> Iterator[Path]:
    """Find what says which packages are there, by each way of installing one."""
    for folder in folders:
        for usual in folder.glob("*.dist-info"):
            yield usual / "METADATA"
        for old in folder.glob("*.egg-info"):
            yield old / "PKG-INFO" if old.is_dir() else old


def _name_and_version(metadata: Path) -> tuple[str, str]:
    """Read no further than that: the parser of importlib reads the whole description.

    A run that is forked would spend a tenth of its time there.
    """
    said: dict[str, str] = {}
    with (
        suppress(FileNotFoundError),
        metadata.open(encoding="utf-8", errors="replace") as lines,
    ):
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                break
            said.setdefault(name.lower(), value.strip())
    if not (said.get("name") and said.get("version")):
        raise IntegrityError(
            f"A package of the environment does not say its name and version:"
            f" {metadata}. Build the environment again: enclave kernels install --again"
        )
    return said["name"], said["version"]


def _kernelspecs() -> Iterator[Path]:
    """Find the releases beside the package that runs them."""
    found = find_spec("enclave_kernels")
    for place in (found and found.submodule_search_locations) or ():
        candidates = (Path(place, "kernelspecs"), Path(place).parent / "kernelspecs")
        yield from (folder for folder in candidates if folder.is_dir())
