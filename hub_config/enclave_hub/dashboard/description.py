"""The sandbox of a dashboard: Voila, and for each visitor a kernel closed off again."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from enclave.sandbox import accounts
from enclave.sandbox.description import GIBIBYTE, Limits, Mount, SandboxDescription
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.runtime_mounts import python_runtime
from enclave_hub.places import Places, socket_url


# As seen inside.
HUB_SOCKET = Path("/run/enclave/hub/hub.sock")
PORTAL_SOCKET = Path("/run/enclave/portal/portal.sock")
NOTEBOOKS = Path("/dashboards")

_JUPYTER = Path(__file__).parent / "jupyter"
_NOTEBOOKS = Path(__file__).parents[3] / "notebooks" / "dashboards"


def describe(
    places: Places, relay: Path, listener: int, environ: Mapping[str, str]
) -> SandboxDescription:
    """Describe the sandbox of one dashboard.

    Parameters
    ----------
    relay
        Folder with the socket of the relay to the hub.
    listener
        File descriptor of the socket that the proxy reaches.
    environ
        What the hub told the service.
    """
    portal = Mount(places.portal_folder, PORTAL_SOCKET.parent)
    from_hub = {k: v for k, v in environ.items() if k.startswith("JUPYTERHUB_")}
    kernels = KernelSandbox(
        mounts=(Mount(PORTAL_SOCKET.parent, PORTAL_SOCKET.parent),),
        environment={
            "ENCLAVE_PORTAL_SOCKET": str(PORTAL_SOCKET),
            "ENCLAVE_VISIT_AHEAD": "1",  # see enclave_widgets.visit
        },
        limits=Limits(memory_bytes=GIBIBYTE, processes=64, file_bytes=GIBIBYTE // 8),
    )
    return SandboxDescription(
        command=[sys.executable, "-I", "-m", "enclave_hub.dashboard.server"],
        mounts=(
            *python_runtime(),
            portal,
            Mount(relay, HUB_SOCKET.parent),
            Mount(_NOTEBOOKS, NOTEBOOKS),
        ),
        environment={
            **from_hub,
            **kernels.as_environment(),
            "JUPYTERHUB_API_URL": f"{socket_url(HUB_SOCKET)}/hub/api",
            "JUPYTER_PATH": str(_JUPYTER),
            "HOME": "/tmp",  # noqa: S108 - the sandbox's own
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "ENCLAVE_LISTENER": str(listener),
        },
        account=accounts.for_dashboards(),
        pass_fds=(listener,),
        allow_nested=True,
        die_with_parent=True,
    )
