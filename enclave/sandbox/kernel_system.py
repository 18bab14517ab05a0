"""The Linux system that a kernel brings with it: Debian packages, fetched and unpacked.

R comes from Debian. Installed on the host it would change with the host's updates and
need root. Unpacked into a folder of its own it needs neither: a sandbox shows it as
``/usr`` instead of the host's (:attr:`SandboxDescription.root`), and it stays what was
released, whatever Debian the host has.
"""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from enclave.canonical import file_digest
from enclave.errors import HostError, IntegrityError
from enclave.sandbox.kernel_lock import LockedPackage


STATUS = "var/lib/dpkg/status"

# Debian 12 keeps these below /usr; its packages still say /bin.
_MERGED = ("bin", "sbin", "lib", "lib64")

# What the packages' own scripts would do, which are not run.
_LINKS = {
    "usr/bin/awk": "mawk",
    "usr/bin/which": "which.debianutils",
    "usr/lib/x86_64-linux-gnu/libblas.so.3": "blas/libblas.so.3",
    "usr/lib/x86_64-linux-gnu/liblapack.so.3": "lapack/liblapack.so.3",
    "etc/R/Renviron": "../../usr/lib/R/etc/Renviron.ucf",
}

# Nobody reads them in a kernel. The licences stay.
_LEFT_OUT = (
    *("./usr/share/man", "./usr/share/info", "./usr/share/locale"),
    *("./usr/share/lintian", "./usr/share/doc/*/changelog*"),
    *("./usr/share/doc/*/NEWS*", "./usr/share/doc/*/examples"),
)


def fetch(packages: Iterable[LockedPackage], folder: Path) -> None:
    """Download packages with apt, as an ordinary user and from the host's mirrors.

    Raises
    ------
    HostError
        If there is no apt, or a mirror has a package no longer.
    """
    wanted = [f"{each.name}={each.version}" for each in packages]
    if not wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        (Path(state) / "lists" / "partial").mkdir(parents=True)
        (Path(state) / "archives" / "partial").mkdir(parents=True)
        options = [
            *("-qq", "-o", f"Dir::State::Lists={state}/lists"),
            *("-o", f"Dir::Cache={state}", "-o", "APT::Sandbox::User="),
        ]
        _apt(["apt-get", *options, "update"], folder)
        _apt(["apt-get", *options, "download", *wanted], folder)


def unpack(packages: Iterable[LockedPackage], folder: Path, root: Path) -> None:
    """Unpack locked packages from a folder of ``.deb`` files into a system's root.

    Raises
    ------
    IntegrityError
        If a package is not there, or no file has its hash.
    HostError
        If a package cannot be unpacked.
    """
    files = {file_digest(file): file for file in folder.glob("*.deb")}
    missing = [each.name for each in packages if each.hashes[0] not in files]
    if missing:
        raise IntegrityError(
            f"{folder} does not hold what is locked of: {', '.join(sorted(missing))}."
            " Fetch the packages again: enclave kernels wheelhouse"
        )
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(Path("usr", name))
    for package in packages:
        _unpack_one(files[package.hashes[0]], root)
    for link, target in _LINKS.items():
        if (root / link).parent.is_dir():
            (root / link).symlink_to(target)
    # Nothing in a sandbox gains rights, and nobody else is to by what lies here.
    _run(["chmod", "--recursive", "u-s,g-s,go-w", str(root)])
    _note(packages, root)


def versions(root: Path) -> dict[str, str]:
    """Return the version of each package that was unpacked into a root."""
    status = root / STATUS
    if not status.exists():
        return {}
    found = {}
    for paragraph in status.read_text().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines())
        if fields:
            found[fields["Package"]] = fields["Version"]
    return found


def _unpack_one(file: Path, root: Path) -> None:
    excluded = [f"--exclude={pattern}" for pattern in _LEFT_OUT]
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE
    ) as packed:
        _run(
            [
                *("tar", "--extract", "--keep-directory-symlink", "--no-same-owner"),
                *("--directory", str(root), *excluded),
            ],
            stdin=packed.stdout,
        )
    if packed.returncode:
        raise HostError(f"{file.name} cannot be unpacked. Fetch it again.")


def _note(packages: Iterable[LockedPackage], root: Path) -> None:
    """Write down what was unpacked, in dpkg's own form."""
    text = "\n".join(
        f"Package: {each.name}\nVersion: {each.version}\nStatus: install ok unpacked\n"
        for each in packages
    )
    (root / STATUS).parent.mkdir(parents=True, exist_ok=True)
    (root / STATUS).write_text(text)


def _apt(command: list[str], folder: Path) -> None:
    try:
        _run(command, cwd=folder)
    except FileNotFoundError as error:
        raise HostError(
            "This kernel is made of Debian packages, and apt-get is not here. Fetch"
            " them on a Debian machine (enclave kernels wheelhouse) and install from"
            " there: enclave kernels install --from FOLDER"
        ) from error


def _run(command: list[str], **how: object) -> None:
    ended = subprocess.run(  # type: ignore[call-overload] # as Popen takes them
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        umask=0o022,
        **how,
    )
    if ended.returncode:
        said = " ".join(ended.stderr.strip().splitlines()[-4:])
        raise HostError(
            f"{command[0]} could not get the kernel's system: {said} If a mirror has a"
            " version no longer, add its day of https://snapshot.debian.org to apt's"
            " sources, or install from a wheelhouse."
        )
