"""The origins of a workspace: the shell is on one, its pages are on the other.

Over loopback both are on the host that the browser named, on two ports: a person may
say ``localhost`` or ``127.0.0.1``, and cookies follow the name. Elsewhere both are
settings. With ``{workspace}`` in its address every workspace has an origin of its own.
"""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from enclave.errors import HostError, PolicyRefusal
from enclave.settings import Settings
from enclave_hub.front.openings import OpenWorkspace


_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_PLACE = "{workspace}"


@dataclass(frozen=True)
class Origins:
    """The two origins of one workspace, as a browser writes them."""

    shell: str
    workspace: str

    @property
    def secure(self) -> bool:
        """Whether cookies are for https alone."""
        return self.workspace.startswith("https:")

    @property
    def own_host(self) -> bool:
        """Whether nothing but this workspace is on the host of its pages."""
        return urlsplit(self.shell).hostname != urlsplit(self.workspace).hostname


def origins(settings: Settings, workspace: OpenWorkspace, host: str) -> Origins:
    """Return the origins of a workspace.

    Parameters
    ----------
    host
        The ``Host`` that a browser named. With settings it does not matter.

    Raises
    ------
    PolicyRefusal
        If somebody came to another name of this machine.
    """
    if settings.workspaces_url:
        shell = workspace.shell_host or settings.public_url
        label = label_of(workspace.person, workspace.project)
        return Origins(shell, settings.workspaces_url.replace(_PLACE, label))
    name = urlsplit(f"//{host}").hostname
    if name not in _LOOPBACK:
        raise PolicyRefusal(
            "This enclave is open on this machine alone: go to"
            f" http://127.0.0.1:{settings.port}."
        )
    return Origins(
        f"http://{name}:{settings.port}", f"http://{name}:{settings.workspaces_port}"
    )


def label_of(person: str, project: str) -> str:
    """Return the part of a host name that stands for one workspace and no other."""
    digest = hashlib.sha256(f"{person}/{project}".encode()).hexdigest()
    return f"{project}-{digest[:12]}"


def require_two_origins(settings: Settings) -> None:
    """Refuse settings under which workspaces would share an origin with the hub.

    Raises
    ------
    HostError
        If one of the two addresses is missing, not encrypted, or the same.
    """
    hub, pages = settings.public_url, settings.workspaces_url
    if not hub and not pages and settings.demo:
        return
    if not hub.startswith("https://") or not pages.startswith("https://"):
        raise HostError(
            "Set ENCLAVE_PUBLIC_URL and ENCLAVE_WORKSPACES_URL to the https addresses"
            " of the hub and of the pages of workspaces. The second should hold"
            " {workspace}, as in https://{workspace}.enclave.example.dk."
        )
    if urlsplit(hub).netloc == urlsplit(pages).netloc:
        raise HostError(
            "ENCLAVE_PUBLIC_URL and ENCLAVE_WORKSPACES_URL are the same host and port,"
            " so a page of a workspace could act as the hub. Give the second one a"
            " sub-domain."
        )
