"""Configuration of the Jupyter server in a workspace: what it leaves out, and why."""

import sys
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from traitlets.config import Config

from enclave_hub.kernel_specs import only_given
from enclave_hub.workspace.contents import ProjectFiles


_LABEXTENSIONS = Path(__file__).parent / "labextensions"
_OWN_LABEXTENSIONS = str(Path(sys.prefix, "share", "jupyter", "labextensions"))


class NoRawFiles(JupyterHandler):
    """Refuse ``/files/``: a raw file is a download."""

    def initialize(self, **_settings: Any) -> None:
        """Take whatever a file handler is given."""

    @web.authenticated
    def get(self, *_path: str) -> None:
        """Say how results leave."""
        raise web.HTTPError(
            403,
            "Files do not leave a workspace through the browser. Put what you want to"
            " take out into /project/outbox and ask for its release.",
        )

    head = get


def server_configuration(default_kernel: str, home: Path) -> Config:
    """Return the configuration of Jupyter server and JupyterLab.

    Parameters
    ----------
    default_kernel
        Name of the kernel that a new notebook has.
    home
        Of the person, as the server sees it.
    """
    c = Config()
    for contents in (c.ContentsManager, c.FileContentsManager):
        contents.files_handler_class = NoRawFiles
        contents.files_handler_params = {}
        # A bin would lie hidden in the project's folder, and count as used.
        contents.delete_to_trash = False
    c.ServerApp.contents_manager_class = ProjectFiles
    c.ServerApp.root_dir = "/project"
    c.ServerApp.preferred_dir = "/project/work"
    c.ServerApp.allow_unauthenticated_access = False
    c.ServerApp.terminals_enabled = False
    c.ServerApp.jpserver_extensions = {
        "jupyter_lsp": False,
        "jupyter_server_terminals": False,
        "voila.server_extension": False,  # it would run any notebook for anybody
    }
    only_given(c)
    c.MappingKernelManager.default_kernel_name = default_kernel
    # A page that says much says it slowly: the screen is a way out, too.
    c.ZMQChannelsWebsocketConnection.iopub_data_rate_limit = 10_000_000  # bytes/s
    # Named, so that none is taken from the home of a person: it would be installed.
    c.LabApp.labextensions_path = [_OWN_LABEXTENSIONS]
    c.LabApp.extra_labextensions_path = [str(_LABEXTENSIONS)]
    # JupyterLab makes these up when it is imported, and the nursery imports it before
    # anybody's home is there.
    lab = home / ".jupyter" / "lab"
    c.LabApp.user_settings_dir = str(lab / "user-settings")
    c.LabApp.workspaces_dir = str(lab / "workspaces")
    c.LabApp.extension_manager = "readonly"
    c.LabApp.lock_all_plugins = True
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    return c
