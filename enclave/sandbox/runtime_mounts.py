"""What a sandbox must see of Python: interpreter, environment, our own packages."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from enclave.sandbox.description import Mount


PACKAGES = ("enclave", "enclave_hub", "enclave_kernels", "enclave_widgets")


def python_runtime() -> tuple[Mount, ...]:
    """Return what it takes to run this very Python, read-only, at the same places."""
    ours = [Path(sys.prefix), *_package_folders()]
    return _distinct([*_interpreter(Path(sys.executable)), *map(_shown, ours)])


def environment_runtime(prefix: Path) -> tuple[Mount, ...]:
    """Return what it takes to run the Python of another virtual environment."""
    return _distinct([*_interpreter(prefix / "bin" / "python"), _shown(prefix)])


def _interpreter(python: Path) -> Iterator[Mount]:
    """Follow an environment's ``python`` link by link to where Python is installed.

    The links may pass through folders that hold much else (``~/.local/bin``), so only
    the links themselves are shown, and of the installation only ``bin`` and ``lib``.
    """
    while python.is_symlink():
        python = Path(os.path.normpath(python.parent / python.readlink()))
        if python.is_symlink() and not _installed_at(python):
            yield Mount(python, python, as_link=True)
        yield from _installation(python)
    yield from _installation(python.resolve())


def _installation(python: Path) -> Iterator[Mount]:
    if _installed_at(python):
        yield from map(_shown, (python.parent, python.parent.parent / "lib"))


def _installed_at(python: Path) -> bool:
    return any(python.parent.parent.glob("lib/python3.*/os.py"))


def _package_folders() -> Iterator[Path]:
    for name in PACKAGES:
        specification = importlib.util.find_spec(name)
        if specification is not None and specification.origin is not None:
            yield Path(specification.origin).parent


def _shown(folder: Path) -> Mount:
    return Mount(folder, folder)


def _distinct(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Leave out what is seen anyway: what lies below ``/usr`` or another of them."""
    wanted = {
        mount.target: mount
        for mount in mounts
        if not mount.target.parent.resolve().is_relative_to("/usr")
    }
    return tuple(
        mount
        for target, mount in sorted(wanted.items())
        if wanted.keys().isdisjoint(target.parents)
    )
