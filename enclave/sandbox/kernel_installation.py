"""Install a released kernel into an environment of its own.

The environment is built where it stays, since its scripts hold its path. What makes it
a kernel, its kernelspec and its mark, is written last: killed half-way, it is not there
for anybody, and the next installation begins anew.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from enclave import durable
from enclave.errors import HostError
from enclave.lock import exclusive
from enclave.sandbox import released_kernels
from enclave.sandbox.released_kernels import MARK, Release
from enclave.settings import Settings


PREFIX_PLACEHOLDER = "@PREFIX@"


def install(
    settings: Settings,
    release: Release,
    *,
    again: bool = False,
    report: Callable[[str], None] = print,
) -> bool:
    """Install a kernel; return False if it was there already.

    Parameters
    ----------
    again
        Build the environment anew even if it is there.
    report
        Is told what goes on, line by line.

    Raises
    ------
    HostError
        If there is no fitting Python or installer, or the installer fails.
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
        _build(release, prefix)
        _publish(release, settings)
        released_kernels.verify(settings, release.name)
    return True


def _build(release: Release, prefix: Path) -> None:
    python = _python(release.python)
    inside = str(prefix / "bin" / "python")
    locked = ["--require-hashes", "--requirement", str(release.lock)]
    uv = _uv()
    if uv:
        _run([*uv, "venv", "--quiet", "--no-project", "--python", python, str(prefix)])
        # In a sandbox the environment is read-only: what is not compiled now would be
        # compiled at every start.
        compiled = ["--quiet", "--no-config", "--compile-bytecode"]
        _run([*uv, "pip", "install", *compiled, "--python", inside, *locked])
    else:
        _run([python, "-m", "venv", str(prefix)])
        _run([inside, "-m", "pip", "install", "--quiet", *locked])


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


def _uv() -> list[str] | None:
    """Find uv, which installs a hundred packages in seconds; None if it is not here."""
    tools = Path(sys.prefix).parent / ".tools" / "bin" / "uv"
    for command in (
        [str(tools)],
        [shutil.which("uv") or "uv"],
        [sys.executable, "-m", "uv"],
    ):
        try:
            subprocess.run([*command, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return None


def _run(command: list[str]) -> None:
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, umask=0o022
    )
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        raise HostError(
            f"{Path(command[0]).name} could not install the kernel: "
            + " ".join(said[-6:])
            + " Check the network or the package index, and try again."
        )
