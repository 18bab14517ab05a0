"""Which workspaces are open, written down by the spawner and read by the front.

One small file for each: either process may be killed and started again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from enclave.durable import write_file


@dataclass(frozen=True)
class OpenWorkspace:
    """A workspace that is running, and as which client of the hub people enter it.

    Attributes
    ----------
    server
        The socket on which the server inside the sandbox answers.
    prefix
        Path of all its pages, such as ``/user/rikke/immune-index/``.
    client, secret, callback
        Name, secret and way back of the hub's OAuth client.
    scopes
        One of them lets a person in.
    hub_host, shell_host
        Origins of the hub and of the shell, where they are not the one that a browser
        came to: empty without sub-domains.
    host_cookies
        Whether the shell's cookies are for the whole of its host.
    """

    person: str
    project: str
    server: str
    prefix: str
    client: str
    secret: str
    callback: str
    scopes: tuple[str, ...]
    hub_host: str = ""
    shell_host: str = ""
    host_cookies: bool = False

    @classmethod
    def from_hub(
        cls, person: str, project: str, server: Path, environment: Mapping[str, str]
    ) -> "OpenWorkspace":
        """Read what the hub tells a server that it starts.

        Parameters
        ----------
        environment
            What JupyterHub gives a single-user server.
        """
        callback = environment["JUPYTERHUB_OAUTH_CALLBACK_URL"]
        shell = urlsplit(callback)
        return cls(
            person=person,
            project=project,
            server=str(server),
            prefix=environment["JUPYTERHUB_SERVICE_PREFIX"],
            client=environment["JUPYTERHUB_CLIENT_ID"],
            secret=environment["JUPYTERHUB_API_TOKEN"],
            callback=callback,
            scopes=tuple(json.loads(environment["JUPYTERHUB_OAUTH_ACCESS_SCOPES"])),
            hub_host=environment.get("JUPYTERHUB_HOST", ""),
            shell_host=f"{shell.scheme}://{shell.netloc}" if shell.netloc else "",
            host_cookies=environment.get("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED")
            == "1",
        )


class Openings:
    """The folder of these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, workspace: OpenWorkspace) -> None:
        """Write down that a workspace is open."""
        content = json.dumps(asdict(workspace)).encode()
        write_file(self._file(workspace.person, workspace.project), content, mode=0o600)

    def remove(self, person: str, project: str) -> None:
        """Write down that it is closed."""
        self._file(person, project).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget all of them, as when the hub starts and no workspace runs."""
        for file in self._folder.glob("*"):
            file.unlink(missing_ok=True)

    def find(self, person: str, project: str) -> OpenWorkspace | None:
        """Return a workspace; None while it is closed."""
        try:
            kept = json.loads(self._file(person, project).read_bytes())
        except FileNotFoundError:
            return None
        return OpenWorkspace(**{**kept, "scopes": tuple(kept["scopes"])})

    def _file(self, person: str, project: str) -> Path:
        # A project's slug has no full stop, and quoting leaves no slash.
        return self._folder / f"{quote(person, safe='')}.{quote(project, safe='')}"
