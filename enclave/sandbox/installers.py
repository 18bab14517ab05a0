"""What installs Python packages here: uv where it is, and pip."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from enclave.errors import HostError


def uv() -> list[str] | None:
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


def run_installer(command: Sequence[object]) -> None:
    """Run an installer to its end.

    Raises
    ------
    HostError
        With the last of what it said.
    """
    ended = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        raise HostError(
            f"{Path(str(command[0])).name} could not install the kernel: "
            + " ".join(said[-6:])
            + " Check the network or the package index, and try again."
        )
