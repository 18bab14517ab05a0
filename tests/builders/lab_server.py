"""JupyterLab as a workspace runs it, on a port of loopback and without hub or sandbox.

``python -m tests.builders.lab_server ROOT PORT``: what a test of the page alone needs.
"""

import sys
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp

from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave_hub import workspace
from enclave_hub.content_policy import ContentPolicy
from enclave_hub.workspace.configuration import server_configuration
from enclave_hub.workspace.refusals import Refusals
from enclave_hub.workspace.resources import ResourceUse


class PlainServer(ServerApp):
    """The server of a workspace, listening as servers do."""

    def load_config_file(self, suppress_errors: bool = True) -> None:  # noqa: FBT001, FBT002 - Jupyter's
        super().load_config_file(suppress_errors)
        configuration = server_configuration("nothing", Path.home())
        # That of a workspace reads the folders of a sandbox alone.
        del configuration.ServerApp["contents_manager_class"]
        configuration.ServerApp.root_dir = sys.argv[1]
        configuration.ServerApp.preferred_dir = sys.argv[1]
        self.update_config(configuration)

    def init_webapp(self) -> None:
        super().init_webapp()
        self.web_app.add_transform(ContentPolicy)
        self.web_app.add_transform(Refusals)
        self.web_app.add_handlers(".*$", [(f"{self.base_url}enclave/use", ResourceUse)])


class PlainLab(LabApp):
    """JupyterLab on such a server."""

    serverapp_class = PlainServer


def environment(root: Path) -> dict[str, str]:
    """Return what it has to know: no kernels, and a home of its own."""
    return {
        **KernelSandbox().as_environment(),
        "JUPYTER_PATH": str(root / "kernels"),
        "JUPYTER_CONFIG_PATH": str(Path(workspace.__file__).parent / "config"),
        "HOME": str(root),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "JUPYTERHUB_SERVICE_PREFIX": "/",
    }


if __name__ == "__main__":
    PlainLab.launch_instance(
        [
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={sys.argv[2]}"),
            *("--ServerApp.open_browser=False", "--IdentityProvider.token=letmein"),
            *("--allow-root", "--ServerApp.port_retries=0"),
        ]
    )
