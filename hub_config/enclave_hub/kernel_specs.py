"""The kernels that a sandboxed server may start: those it was given, by no other way.

Jupyter looks for kernelspecs in the home of the person too, starts ``python3`` even
where it is told to offer none, and takes a kernelspec's word for how it is started. One
of these is enough to run code beside the server instead of in a kernel's own sandbox.
"""

import os
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import default
from traitlets.config import Config


class GivenKernels(KernelSpecManager):
    """Know the kernelspecs below ``$JUPYTER_PATH`` and no others."""

    @default("kernel_dirs")
    def _given_folders(self) -> list[str]:
        given = os.environ["JUPYTER_PATH"].split(os.pathsep)
        return [str(Path(folder, "kernels")) for folder in given]

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return a kernelspec that was given.

        Raises
        ------
        NoSuchKernel
            For every other name, Jupyter's built-in one among them.
        """
        if kernel_name not in self.find_kernel_specs():
            raise NoSuchKernel(kernel_name)
        return super().get_kernel_spec(kernel_name)


def only_given(c: Config) -> None:
    """Configure a server to start nothing else, and nothing outside a sandbox."""
    c.ServerApp.kernel_spec_manager_class = GivenKernels
    c.VoilaConfiguration.kernel_spec_manager_class = GivenKernels
    c.GivenKernels.ensure_native_kernel = False
    c.KernelProvisionerFactory.default_provisioner_name = "enclave-sandbox"
