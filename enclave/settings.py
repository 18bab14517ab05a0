"""Where the enclave keeps things: read once, from the environment, and passed on."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The places and addresses of one installation.

    Attributes
    ----------
    home
        Folder of everything the installation keeps. ``ENCLAVE_HOME``, by default
        ``.enclave`` in the current folder.
    database_url
        SQLAlchemy URL of the application database. ``ENCLAVE_DATABASE_URL``, by
        default an SQLite file in ``home``.
    runtime
        Folder of Unix sockets. Short and lower-case: JupyterHub lower-cases socket
        paths, and Linux ends them at 107 bytes.
    kernels
        Folder of the installed environments of the released kernels. A release never
        changes, so several installations may share it (``ENCLAVE_KERNELS``).
    demo
        True where demo people may sign in without a real identity provider
        (``ENCLAVE_DEMO=1``).
    port, workspaces_port
        Loopback ports of the hub and of the pages of workspaces (``ENCLAVE_PORT``,
        ``ENCLAVE_WORKSPACES_PORT``).
    public_url, workspaces_url
        What people's browsers call these two (``ENCLAVE_PUBLIC_URL``,
        ``ENCLAVE_WORKSPACES_URL``). Pages of workspaces need an origin of their own:
        another host, best with ``{workspace}`` in it, or another port. Empty where
        people come over loopback, to the ports.
    warm_reruns
        True to fork what may confirm a re-run from warm parents, as an installation
        does unless told otherwise (``ENCLAVE_WARM_RERUNS=0``): see
        docs/explanation/re-run.md.
    root_key_from
        Where the root key is kept (``ENCLAVE_ROOT_KEY_FROM``), by default in a file.
    """

    home: Path
    database_url: str
    runtime: Path
    kernels: Path
    demo: bool = False
    port: int = 8000
    workspaces_port: int = 8001
    public_url: str = ""
    workspaces_url: str = ""
    warm_reruns: bool = False
    root_key_from: str = "file"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings of this process."""
        placed = cls.at(
            Path(environ.get("ENCLAVE_HOME", ".enclave")),
            database_url=environ.get("ENCLAVE_DATABASE_URL"),
            runtime=environ.get("ENCLAVE_RUNTIME"),
            kernels=environ.get("ENCLAVE_KERNELS"),
            demo=environ.get("ENCLAVE_DEMO") == "1",
            root_key_from=environ.get("ENCLAVE_ROOT_KEY_FROM", "file"),
        )
        return replace(
            placed,
            port=int(environ.get("ENCLAVE_PORT", cls.port)),
            workspaces_port=int(
                environ.get("ENCLAVE_WORKSPACES_PORT", cls.workspaces_port)
            ),
            public_url=environ.get("ENCLAVE_PUBLIC_URL", "").rstrip("/"),
            workspaces_url=environ.get("ENCLAVE_WORKSPACES_URL", "").rstrip("/"),
            warm_reruns=environ.get("ENCLAVE_WARM_RERUNS", "1") == "1",
        )

    @classmethod
    def at(
        cls,
        home: Path,
        *,
        database_url: str | None = None,
        runtime: str | None = None,
        kernels: str | None = None,
        demo: bool = False,
        root_key_from: str = "file",
    ) -> "Settings":
        """Lay out an installation below ``home``."""
        home = home.resolve()
        return cls(
            home=home,
            database_url=database_url or f"sqlite:///{home / 'enclave.db'}",
            runtime=Path(runtime) if runtime else _runtime_folder(home),
            kernels=Path(kernels).resolve() if kernels else home / "kernels",
            demo=demo,
            root_key_from=root_key_from,
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that give a child process these same settings."""
        return {
            "ENCLAVE_HOME": str(self.home),
            "ENCLAVE_DATABASE_URL": self.database_url,
            "ENCLAVE_RUNTIME": str(self.runtime),
            "ENCLAVE_KERNELS": str(self.kernels),
            "ENCLAVE_DEMO": "1" if self.demo else "0",
            "ENCLAVE_PORT": str(self.port),
            "ENCLAVE_WORKSPACES_PORT": str(self.workspaces_port),
            "ENCLAVE_PUBLIC_URL": self.public_url,
            "ENCLAVE_WORKSPACES_URL": self.workspaces_url,
            "ENCLAVE_WARM_RERUNS": "1" if self.warm_reruns else "0",
            "ENCLAVE_ROOT_KEY_FROM": self.root_key_from,
        }

    def claim_home(self) -> None:
        """Create the home, or take it for its owner alone.

        Whatever modes the files below have, which other accounts must read in their
        sandboxes, no other account of the machine gets to them.
        """
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.home.stat().st_mode & 0o077:
            self.home.chmod(0o700)

    @property
    def warehouse(self) -> Path:
        """Snapshots, tables and quarantine: person keys, never a national id."""
        return self.home / "warehouse"

    @property
    def identity(self) -> Path:
        """The identity vault: which person key is which national id."""
        return self.home / "identity"

    @property
    def keys(self) -> Path:
        """The root key, the wrapped project keys and the signing key."""
        return self.home / "keys"

    @property
    def deliveries(self) -> Path:
        """One folder per project, below it one per delivered version."""
        return self.home / "deliveries"

    @property
    def extracts(self) -> Path:
        """Encrypted lists of CPR numbers, each until it is taken or has expired."""
        return self.home / "extracts"

    @property
    def attachments(self) -> Path:
        """Files attached to applications, encrypted."""
        return self.home / "attachments"

    @property
    def ingress(self) -> Path:
        """Own data of projects that were uploaded and are not released yet."""
        return self.home / "ingress"

    @property
    def projects(self) -> Path:
        """The work folders of the projects and the homes of their members."""
        return self.home / "projects"

    @property
    def archive(self) -> Path:
        """Archived analyses and the records of their re-runs."""
        return self.home / "archive"

    @property
    def returns(self) -> Path:
        """Cleaned datasets that projects gave back."""
        return self.home / "returns"

    @property
    def closed(self) -> Path:
        """What is under way while the data of a project are destroyed."""
        return self.home / "closed"


def _runtime_folder(home: Path) -> Path:
    name = f"enclave-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    if os.geteuid() == 0:
        return Path("/run") / name
    return Path(tempfile.gettempdir()) / f"{name}-{os.geteuid()}"
