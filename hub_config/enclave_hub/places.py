"""Where the hub keeps its files and its sockets.

The hub, its proxy and the workspaces talk over Unix sockets in folders of their own,
which other accounts of the machine cannot enter. Only the services listen on ports, on
loopback: JupyterHub 6.1 knows no sockets for those.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from enclave.errors import HostError
from enclave.settings import Settings


# Linux ends socket paths at 108 bytes with the final zero.
_LONGEST_SOCKET = 107


@dataclass(frozen=True)
class Places:
    """Files and sockets of the hub of one installation."""

    settings: Settings

    @property
    def hub(self) -> Path:
        """Hub database, cookie secret and demo password: for the hub alone."""
        return self.settings.home / "hub"

    @property
    def demo_password(self) -> Path:
        """The one password that the demo people share."""
        return self.hub / "demo-password"

    @property
    def sign_in(self) -> Path:
        """The identity provider of the site; absent in a demonstration."""
        return self.hub / "sign-in.yaml"

    def log(self, name: str) -> Path:
        """Return the file of what a sandboxed server printed since its start."""
        return self.hub / "logs" / f"{name}.log"

    @property
    def hub_socket(self) -> Path:
        """The hub itself, API included. No workspace sees it: see the relay."""
        return self.settings.runtime / "hub" / "hub.sock"

    @property
    def proxy_socket(self) -> Path:
        """The API of the proxy."""
        return self.settings.runtime / "proxy" / "api.sock"

    @property
    def front_socket(self) -> Path:
        """The shell of every workspace, for the proxy."""
        return self.settings.runtime / "front" / "shell.sock"

    @property
    def front_secret(self) -> Path:
        """Under which the front signs its sessions."""
        return self.settings.runtime / "front" / "secret"

    @property
    def openings(self) -> Path:
        """Folder of one file for each workspace that is open."""
        return self.settings.runtime / "front" / "open"

    @property
    def portal_folder(self) -> Path:
        """Folder that is mounted into workspaces, with the portal's socket in it.

        The folder and not the socket, which is a new one after a restart.
        """
        return self.settings.runtime / "portal"

    @property
    def portal_socket(self) -> Path:
        """The portal for kernels, which show a visit token."""
        return self.portal_folder / "portal.sock"

    def dashboard_relay_folder(self, service: str) -> Path:
        """Return the folder mounted for one dashboard, with its relay's socket."""
        return self.settings.runtime / "dashboards" / service

    def workspace_folder(self, number: int) -> Path:
        """Return the folder of the two sockets of one workspace."""
        return self.settings.runtime / "workspaces" / str(number)

    def clear_workspaces(self) -> None:
        """Remove the sockets of workspaces that ended with a hub that was killed."""
        shutil.rmtree(self.settings.runtime / "workspaces", ignore_errors=True)
        _make(self.settings.runtime / "workspaces", 0o700)

    def prepare(self) -> None:
        """Make the folders.

        Raises
        ------
        HostError
            If sockets below the runtime folder could not be used.
        """
        _check_socket_path(self.workspace_folder(999_999) / "server.sock")
        self.hub.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(self.settings.runtime, 0o700)
        for private in ("hub", "proxy", "workspaces", "dashboards", "front"):
            _make(self.settings.runtime / private, 0o700)
        # Other accounts get here through their sandbox's mount, and only so.
        _make(self.portal_folder, 0o755)


def socket_url(socket: Path) -> str:
    """Return the address of a Unix socket as JupyterHub and the proxy write it."""
    return f"http+unix://{quote(str(socket), safe='')}"


def _make(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)


def _check_socket_path(longest: Path) -> None:
    path = str(longest)
    if path != path.lower():
        raise HostError(
            f"The folder of sockets is {longest.parents[2]}, but JupyterHub only finds"
            " sockets whose path is all lower case. Set ENCLAVE_RUNTIME to such a"
            " folder."
        )
    if len(path.encode()) > _LONGEST_SOCKET:
        raise HostError(
            f"The folder of sockets {longest.parents[2]} has too long a name: a socket"
            f" below it would pass {_LONGEST_SOCKET} bytes. Set ENCLAVE_RUNTIME to a"
            " shorter path."
        )
