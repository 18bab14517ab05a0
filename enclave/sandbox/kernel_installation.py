"""Install a released kernel into an environment of its own.

The environment is built where it stays, since its scripts hold its path. What makes it
a kernel, its kernelspec and its mark, is written last: killed half-way, it is not there
for anybody, and the next installation begins anew.

With a wheelhouse (:mod:`enclave.sandbox.kernel_wheelhouse`) no network is needed.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from enclave import durable
from enclave.errors import HostError
from enclave.lock import exclusive
from enclave.sandbox import kernel_system, released_kernels
from enclave.sandbox.installers import run_installer, uv
from enclave.sandbox.released_kernels import MARK, SYSTEM_LIBRARY, Release
from enclave.settings import Settings


PREFIX_PLACEHOLDER = "@PREFIX@"

_SITE_PROFILE = "etc/R/Rprofile.site"


def install(
    settings: Settings,
    release: Release,
    *,
    again: bool = False,
    wheelhouse: Path | None = None,
    report: Callable[[str], None] = print,
) -> bool:
    """Install a kernel; return False if it was there already.

    Parameters
    ----------
    again
        Build the environment anew even if it is there.
    wheelhouse
        Take every package from this folder, and nothing from the network.
    report
        Is told what goes on, line by line.

    Raises
    ------
    HostError
        If there is no fitting Python or installer, or the installer fails.
    IntegrityError
        If a package is not what was locked.
    """
    settings.kernels.mkdir(parents=True, exist_ok=True)
    with exclusive(settings.kernels / f".{release.name}.lock"):
        if release.is_installed(settings) and not again:
            return False
        prefix = release.prefix(settings)
        # The mark goes first: killed from here on, nobody takes what is left for whole.
        (prefix / MARK).unlink(missing_ok=True)
        shutil.rmtree(prefix, ignore_errors=True)
        report(f"Installing {len(release.packages())} packages for {release.name}")
        root = release.root(settings)
        if root is None:
            _build(release, prefix, wheelhouse)
        else:
            _build_system(release, root, wheelhouse)
        _publish(release, settings)
        released_kernels.verify(settings, release.name)
    return True


def _build(release: Release, prefix: Path, wheelhouse: Path | None) -> None:
    """Build a virtual environment on the host's Python."""
    python = _python(release.python)
    inside = str(prefix / "bin" / "python")
    locked = ["--require-hashes", "--requirement", str(release.lock)]
    offline = _offline(wheelhouse)
    installer = uv()
    if installer:
        run_installer(
            [*installer, "venv", "--quiet", "--no-project", "--python", python, prefix]
        )
        # In a sandbox the environment is read-only: what is not compiled now would be
        # compiled at every start.
        how = ["--quiet", "--no-config", "--compile-bytecode", "--python", inside]
        if release.build_lock.exists():
            locked += ["--build-constraints", str(release.build_lock)]
            locked += ["--require-build-hashes"]
        run_installer([*installer, "pip", "install", *how, *offline, *locked])
    else:
        run_installer([python, "-m", "venv", prefix])
        pip = [inside, "-m", "pip", "install", "--quiet", *offline]
        if release.build_lock.exists():
            build = ["--require-hashes", "--requirement", release.build_lock]
            run_installer([*pip, *build])
            locked += ["--no-build-isolation"]
        run_installer([*pip, *locked])
    (site,) = prefix.glob("lib/python3*/site-packages")
    _copy_library(release, site)


def _build_system(release: Release, root: Path, wheelhouse: Path | None) -> None:
    """Unpack a Linux system, and the Python packages that it takes beside it."""
    root.mkdir(parents=True)
    library = root / SYSTEM_LIBRARY
    with tempfile.TemporaryDirectory() as fetched:
        folder = wheelhouse or Path(fetched)
        if wheelhouse is None:
            kernel_system.fetch(release.locked.debian, folder)
        kernel_system.unpack(release.locked.debian, folder, root)
        _add_packages(release, library, Path(fetched), wheelhouse)
    _copy_library(release, library)
    start = library / "enclave.R"
    if start.exists():
        with (root / _SITE_PROFILE).open("a") as profile:
            profile.write(f'\nsource("/{SYSTEM_LIBRARY}/{start.name}")\n')


def _add_packages(
    release: Release, library: Path, temporary: Path, wheelhouse: Path | None
) -> None:
    library.mkdir(parents=True)
    locked = temporary / "python.lock"
    locked.write_text(release.locked.python_text)
    how = [
        *("--quiet", "--no-deps", "--only-binary", ":all:", "--target", library),
        *(*_offline(wheelhouse), "--require-hashes", "--requirement", locked),
    ]
    installer = uv()
    if installer:
        version = ["--no-config", "--python-version", release.python]
        run_installer([*installer, "pip", "install", *version, *how])
    else:
        run_installer([_python(release.python), "-m", "pip", "install", *how])


def _copy_library(release: Release, target: Path) -> None:
    if release.library.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(release.library, target, dirs_exist_ok=True, ignore=ignored)


def _offline(wheelhouse: Path | None) -> list[str]:
    if wheelhouse is None:
        return []
    return ["--no-index", "--find-links", str(wheelhouse)]


def _publish(release: Release, settings: Settings) -> None:
    prefix, kernelspec = release.prefix(settings), release.kernelspec(settings)
    # Packages bring kernelspecs of their own, which know nothing of the sandbox.
    shutil.rmtree(kernelspec.parent, ignore_errors=True)
    text = json.dumps(release.specification, indent=1)
    path = json.dumps(str(prefix))[1:-1]
    durable.write_file(
        kernelspec / "kernel.json", text.replace(PREFIX_PLACEHOLDER, path).encode()
    )
    shutil.copy(release.lock, kernelspec / release.lock.name)
    durable.write_file(prefix / MARK, json.dumps(release.mark()).encode())


def _python(version: str) -> str:
    """Find an interpreter of this version outside any environment."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return str(Path(sys.base_prefix, "bin", f"python{version}"))
    found = shutil.which(f"python{version}")
    if found is None:
        raise HostError(
            f"The kernel was released for Python {version}, which is not here. Install"
            f" it: apt-get install python{version} python{version}-venv"
        )
    return found
