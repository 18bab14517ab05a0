"""JupyterLab inside the sandbox, on the listening socket that the hub passed in.

Run by a fork of the nursery once it is inside its sandbox
(:mod:`enclave_hub.nursery.born`). There is no
network in the sandbox, and the file of the socket is not in it either: the hub bound
the socket outside, and this process inherits it open, as the file descriptor
``$ENCLAVE_LISTENER``.
"""

import os
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from jupyterhub.singleuser.extension import JupyterHubSingleUser

from enclave_hub.content_policy import ContentPolicy
from enclave_hub.listening import inherited_listener
from enclave_hub.workspace.configuration import server_configuration
from enclave_hub.workspace.refusals import Refusals
from enclave_hub.workspace.resources import ResourceUse
from enclave_hub.workspace.use import IdleHandler, watch_kernels


# What a workspace answers to nobody: conversions and pages of raw files are downloads,
# and only the hub stops a server.
_REFUSED_SERVICES = {"nbconvert", "view", "shutdown"}


class InheritedSocketServer(ServerApp):
    """A Jupyter server that listens on an inherited socket."""

    default_services = tuple(  # type: ignore[assignment]  # its length is not fixed
        service
        for service in ServerApp.default_services
        if service not in _REFUSED_SERVICES
    )

    def load_config_file(self, suppress_errors: bool = True) -> None:  # type: ignore[override]  # noqa: FBT001, FBT002 - Jupyter's
        """Put our configuration above what any file says."""
        super().load_config_file(suppress_errors)
        kernel = os.environ["ENCLAVE_DEFAULT_KERNEL"]
        self.update_config(server_configuration(kernel, Path.home()))

    def init_webapp(self) -> None:
        """Send the content policy with every answer, and say what kernels use."""
        super().init_webapp()
        self.web_app.add_transform(ContentPolicy)
        self.web_app.add_transform(Refusals)
        own = {"enclave/idle": IdleHandler, "enclave/use": ResourceUse}
        handlers = [(url_path_join(self.base_url, path), own[path]) for path in own]
        self.web_app.add_handlers(".*$", handlers)  # type: ignore[no-untyped-call]
        self._watching = watch_kernels(self)

    def _bind_http_server_unix(self) -> bool:
        number = int(os.environ.pop("ENCLAVE_LISTENER"))
        self.http_server.add_socket(inherited_listener(number))
        return True


def main() -> None:
    """Run JupyterHub's single-user server on such a socket."""
    JupyterHubSingleUser.serverapp_class = InheritedSocketServer
    JupyterHubSingleUser.launch_instance()
