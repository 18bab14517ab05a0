"""Make a new release of a kernel: from what is asked for to locks and a bill.

Done once, by those who run the project; afterwards the release never changes.
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from enclave import durable
from enclave.canonical import digest, file_digest
from enclave.errors import HostError, PolicyRefusal
from enclave.sandbox.kernel_bill import bill
from enclave.sandbox.kernel_lock import DEBIAN, LIBRARY, PYTHON, Lock
from enclave.sandbox.released_kernels import BILL, BUILD_LOCK, LOCK, Release


ASKED = "requirements.in"
ASKED_TO_BUILD = "build.in"
ASKED_OF_DEBIAN = "debian.in"
RELEASED = "RELEASED"

_DEBIAN_FILE = re.compile(
    r"^'[^']+' ([^_ ]+)_(\S+)\.deb \d+ SHA256:([0-9a-f]{64})", re.MULTILINE
)


def lock(release: Release, installer: Sequence[str]) -> None:
    """Write the locks and the bill of a release that is not out yet.

    Parameters
    ----------
    installer
        How uv is called.

    Raises
    ------
    PolicyRefusal
        If the release is out.
    HostError
        If apt or uv cannot answer.
    """
    if _is_out(release):
        raise PolicyRefusal(
            f"{release.name} is released, and a released kernel never changes. Copy its"
            " folder under a new name, and lock that."
        )
    folder = release.folder
    parts = []
    if (folder / ASKED_OF_DEBIAN).exists():
        parts += [DEBIAN, _debian((folder / ASKED_OF_DEBIAN).read_text().split())]
    parts += [PYTHON, _python(release, folder / ASKED, folder / LOCK, installer)]
    if release.library.is_dir():
        parts.append(f"{LIBRARY} {library_digest(release.library)}\n")
    if (folder / ASKED_TO_BUILD).exists():
        asked, built = folder / ASKED_TO_BUILD, folder / BUILD_LOCK
        durable.write_file(built, _python(release, asked, built, installer).encode())
    durable.write_file(folder / LOCK, "\n".join(parts).encode())
    durable.write_file(folder / BILL, bill(Release(release.name, folder)))


def library_digest(library: Path) -> str:
    """Return the SHA-256 of a kernel's own library: its files, by name."""
    return digest(
        {
            str(file.relative_to(library)): file_digest(file)
            for file in sorted(library.rglob("*"))
            if file.is_file() and "__pycache__" not in file.parts
        }
    )


def _is_out(release: Release) -> bool:
    listed = release.folder.parent / RELEASED
    return listed.exists() and f" {release.name}/" in listed.read_text()


def _debian(asked: Sequence[str]) -> str:
    """Resolve packages with all they depend on, as if nothing were installed."""
    with tempfile.TemporaryDirectory() as cache:
        (Path(cache) / "archives" / "partial").mkdir(parents=True)
        said = _answer(
            [
                *("apt-get", "install", "--print-uris", "--no-install-recommends"),
                *("--yes", "-o", "Dir::State::status=/dev/null"),
                *("-o", f"Dir::Cache={cache}", "-o", "Acquire::ForceHash=SHA256"),
                *asked,
            ]
        )
    return "".join(
        f"{name}=={_version(file)} \\\n    --hash=sha256:{sha256}\n"
        for name, file, sha256 in sorted(_DEBIAN_FILE.findall(said))
    )


def _version(file: str) -> str:
    """Return the version in ``1%3a2.38.1-5_amd64``."""
    return file.rpartition("_")[0].replace("%3a", ":")


def _python(
    release: Release, asked: Path, locked: Path, installer: Sequence[str]
) -> str:
    """Resolve Python packages; what is locked already stays where it can."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary, "lock")
        if locked.exists():
            out.write_text(Lock(locked.read_text()).python_text)
        _answer(
            [
                *(*installer, "pip", "compile", "--quiet", "--no-header"),
                *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
                *("--python-version", release.python, "--output-file", str(out)),
                asked.name,
            ],
            folder=asked.parent,
        )
        return out.read_text()


def _answer(command: Sequence[str], folder: Path | None = None) -> str:
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise HostError(f"{command[0]} could not resolve: {ended.stderr.strip()}")
    return ended.stdout
