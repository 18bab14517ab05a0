"""A wheelhouse: every file that a kernel is installed from, in one folder.

With it a kernel can be built again without any network, in ten years as well. Every
file is checked against the lock when it is fetched and when it is installed.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from enclave.errors import InputError
from enclave.sandbox import kernel_system
from enclave.sandbox.installers import run_installer
from enclave.sandbox.released_kernels import Release


def fill(release: Release, folder: Path, report: Callable[[str], None] = print) -> int:
    """Fetch what a release is installed from; return the number of files.

    Nothing that was not locked is run: what it takes to unpack source packages is
    fetched first, by its own lock.

    Raises
    ------
    InputError
        If the folder is a file.
    HostError
        If something cannot be fetched.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file. Give a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    report(f"Fetching {len(release.packages())} packages of {release.name}")
    kernel_system.fetch(release.locked.debian, folder)
    with tempfile.TemporaryDirectory() as temporary:
        _fetch_python(release, folder.resolve(), Path(temporary))
    return sum(1 for _ in folder.iterdir())


def _fetch_python(release: Release, folder: Path, temporary: Path) -> None:
    environment, locked = temporary / "environment", temporary / "python.lock"
    run_installer([sys.executable, "-m", "venv", environment])
    pip = [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    quiet = ["--quiet", "--require-hashes"]
    fetch = [*pip, "download", *quiet, "--no-deps", "--dest", folder]
    if release.build_lock.exists():
        build = ["--requirement", release.build_lock]
        run_installer([*fetch, *build])
        run_installer([*pip, "install", *quiet, *build])
    locked.write_text(release.locked.python_text)
    run_installer([*fetch, "--no-build-isolation", "--requirement", locked])
