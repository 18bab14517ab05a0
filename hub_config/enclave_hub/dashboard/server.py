"""Voila in its sandbox, on the listening socket that the service passed in.

The standalone application and not the server extension: only the former drops every
message of a browser that is not about widgets, ``execute_request`` among them.
"""

import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from jupyterhub.singleuser.extension import (
    JupyterHubAuthorizer,
    JupyterHubIdentityProvider,
)
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from enclave_hub.content_policy import ContentPolicy
from enclave_hub.dashboard.compressed_files import CompressedFiles
from enclave_hub.dashboard.description import NOTEBOOKS
from enclave_hub.dashboard.kept_files import KeptFiles
from enclave_hub.dashboard.kernels import KERNEL, VisitorKernels
from enclave_hub.dashboard.page import DashboardPage
from enclave_hub.kernel_specs import only_given
from enclave_hub.listening import inherited_listener


class DashboardIdentity(JupyterHubIdentityProvider):  # type: ignore[misc]  # JupyterHub ships no types
    """Sign-in by the hub, with its handlers where Voila's own are."""

    def get_handlers(self) -> list[tuple[Any, ...]]:
        """Return the handlers below the service's prefix."""
        prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
        return [
            (url_path_join(prefix, path), *rest)
            for path, *rest in super().get_handlers()
        ]


class DashboardAuthorizer(JupyterHubAuthorizer):  # type: ignore[misc]  # JupyterHub ships no types
    """Nobody reaches the kernel of another visitor, whoever told them its id."""

    def is_authorized(
        self, handler: web.RequestHandler, user: Any, action: str, resource: str
    ) -> bool:
        """Return whether a visitor may do something with a kernel."""
        kernels: VisitorKernels = handler.settings["kernel_manager"]
        kernel = handler.path_kwargs.get("kernel_id")
        own = kernel is None or kernels.visitor_of(kernel) == user.username
        return own and bool(super().is_authorized(handler, user, action, resource))


class OwnShutdown(VoilaShutdownKernelHandler):  # type: ignore[misc]  # Voila ships no types
    """End a kernel when its page is left: by its own visitor, and by nobody else.

    Voila's handler asks only whether somebody is signed in.
    """

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        if kernels.visitor_of(kernel_id) != self.current_user.username:
            raise web.HTTPError(404, "You have no such page open.")
        await super().post(kernel_id)


class Dashboard(Voila):  # type: ignore[misc]  # Voila ships no types
    """Voila with one notebook, on an inherited socket."""

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Return Voila's handlers, with ours for the page and the end of a kernel."""
        ours = {
            VoilaShutdownKernelHandler: OwnShutdown,
            TornadoVoilaHandler: DashboardPage,
        }
        return [
            (path, ours.get(kind, kind), *rest)
            for path, kind, *rest in super().init_handlers()
        ]

    def listen(self) -> None:
        """Serve until the service ends us."""
        self.app.add_transform(ContentPolicy)
        self.app.add_transform(KeptFiles)
        self.app.add_transform(CompressedFiles)
        server = HTTPServer(self.app, xheaders=True)
        server.add_socket(inherited_listener(int(os.environ.pop("ENCLAVE_LISTENER"))))
        self.ioloop = IOLoop.current()
        code = code_of(Path(self.notebook_path))
        self.ioloop.add_callback(self.kernel_manager.keep_ready, code)
        try:
            self.ioloop.start()
        finally:
            self.stop()


def code_of(notebook: Path) -> str:
    """Return the code of a notebook, all cells as one."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [one["source"] for one in cells if one["cell_type"] == "code"]
    return "\n".join(map("".join, code))


def configuration() -> Config:
    """Return the configuration of Voila: what it shows, and nothing else."""
    c = Config()
    c.Voila.base_url = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    c.Voila.identity_provider_class = DashboardIdentity
    c.Voila.authorizer_class = DashboardAuthorizer
    c.Voila.open_browser = False
    c.VoilaConfiguration.template = "enclave"
    c.VoilaConfiguration.allow_template_override = "NO"
    c.VoilaConfiguration.allow_theme_override = "NO"
    c.VoilaConfiguration.strip_sources = True
    c.VoilaConfiguration.show_tracebacks = False
    c.VoilaConfiguration.file_allowlist = []
    c.VoilaConfiguration.file_denylist = [".*"]
    c.VoilaConfiguration.multi_kernel_manager_class = VisitorKernels
    # A page that was not left properly: its browser is gone, or its machine asleep.
    c.MappingKernelManager.cull_idle_timeout = 600
    c.MappingKernelManager.cull_interval = 60
    only_given(c)
    c.MultiKernelManager.default_kernel_name = KERNEL
    return c


if __name__ == "__main__":
    notebook = NOTEBOOKS / f"{os.environ['JUPYTERHUB_SERVICE_NAME']}.ipynb"
    Dashboard.launch_instance([str(notebook)], config=configuration())
