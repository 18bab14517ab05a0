"""The two Unix sockets of a workspace, bound before its sandbox exists.

One is listened on inside and reached by the proxy; inside there is only the open
descriptor, so nobody there can put another file in its place. The other is listened on
by the relay and reached from inside; its folder is mounted.
"""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from enclave.sandbox.description import Account
from enclave_hub.listening import unix_listener


@dataclass(frozen=True)
class WorkspaceSockets:
    """Both sockets, listening."""

    folder: Path
    server: socket.socket
    relay: socket.socket

    @classmethod
    def bind(cls, folder: Path, account: Account | None) -> "WorkspaceSockets":
        """Make the folder anew and listen.

        Parameters
        ----------
        folder
            Whatever it held is from a workspace that is gone.
        account
            Who may connect to the relay; None for our own account.
        """
        shutil.rmtree(folder, ignore_errors=True)
        cls._relay_folder(folder).mkdir(mode=0o700, parents=True)
        if account is not None:
            os.chown(cls._relay_folder(folder), account.uid, account.gid)
        return cls(
            folder,
            server=unix_listener(folder / "server.sock"),
            relay=unix_listener(
                cls._relay_folder(folder) / "hub.sock", account=account
            ),
        )

    @property
    def server_path(self) -> Path:
        """Where the proxy reaches the server."""
        return self.folder / "server.sock"

    @property
    def relay_folder(self) -> Path:
        """What is mounted into the sandbox."""
        return self._relay_folder(self.folder)

    @staticmethod
    def _relay_folder(folder: Path) -> Path:
        return folder / "hub"

    def close(self) -> None:
        """Stop listening and remove the files."""
        self.server.close()
        self.relay.close()
        shutil.rmtree(self.folder, ignore_errors=True)
