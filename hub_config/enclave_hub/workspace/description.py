"""The sandbox of a workspace: what is seen inside, and under which limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enclave.portal import visit
from enclave.sandbox import accounts
from enclave.sandbox.description import Account, Limits, Mount, SandboxDescription
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.released_kernels import DEFAULT, Release, releases
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.settings import Settings
from enclave_hub.places import Places
from enclave_hub.workspace.admission import Project
from enclave_hub.workspace.folders import project_mounts
from enclave_hub.workspace.idle import IdleRule
from enclave_hub.workspace.sockets import WorkspaceSockets


# As seen inside.
HUB_SOCKET = Path("/run/enclave/hub/hub.sock")
PORTAL_SOCKET = Path("/run/enclave/portal/portal.sock")

_CONFIGURATION = Path(__file__).parent / "config"
# A kernel with the widgets. It follows the installation, as those must, so it is none
# that an analysis can be archived with.
_QUESTIONS = Path(__file__).parent / "jupyter"


@dataclass(frozen=True)
class Opening:
    """Who opens which workspace, and what the hub has prepared for it."""

    settings: Settings
    project: Project
    person: str
    idle: IdleRule = field(default_factory=IdleRule)
    limits: Limits = field(default_factory=Limits)

    @property
    def account(self) -> Account | None:
        """The operating-system account of the project, where we may choose one."""
        return accounts.for_project(self.project.number)


@dataclass(frozen=True)
class WorkspaceServer:
    """The server of a workspace, before it is started.

    Attributes
    ----------
    sandbox
        Its sandbox, held open by a command that does nothing: the server is sent in
        (see :mod:`enclave_hub.nursery`).
    environment
        What it is told once it is inside.
    """

    sandbox: SandboxDescription
    environment: Mapping[str, str]


def describe(
    opening: Opening, sockets: WorkspaceSockets, hub_environment: Mapping[str, str]
) -> WorkspaceServer:
    """Describe the server of one workspace.

    Parameters
    ----------
    sockets
        Bound; the relay's is mounted.
    hub_environment
        What JupyterHub tells a single-user server, its token among it.
    """
    settings, person = opening.settings, opening.person
    portal = Mount(Places(settings).portal_folder, PORTAL_SOCKET.parent)
    project = opening.project
    folders = project_mounts(
        settings, project.slug, person, opening.account, project.grants, project.data
    )
    kernels = [release for release in releases() if release.is_installed(settings)]
    sandbox = SandboxDescription(
        command=[],
        mounts=(
            *python_runtime(),
            *(_as_it_is(kernel.prefix(settings)) for kernel in kernels),
            *folders,
            portal,
            Mount(sockets.relay_folder, HUB_SOCKET.parent),
        ),
        workdir=Path("/project/work"),
        limits=opening.limits,
        account=opening.account,
        allow_nested=True,  # each kernel gets a sandbox of its own
        die_with_parent=True,
        reaper=True,
    )
    environment = {
        **hub_environment,
        **_environment(person),
        **_for_kernels(opening, [*folders, portal], kernels),
        "ENCLAVE_IDLE_SECONDS": str(opening.idle.limit.total_seconds()),
        "ENCLAVE_IDLE_WARNING": str(opening.idle.warning.total_seconds()),
    }
    return WorkspaceServer(sandbox, environment)


def _for_kernels(
    opening: Opening, outside: list[Mount], kernels: list[Release]
) -> dict[str, str]:
    """Return what the server has to know to start kernels: which, and what they see."""
    home = f"/home/{opening.person}"
    sandbox = KernelSandbox(
        mounts=tuple(Mount(m.target, m.target, m.writable) for m in outside),
        environment={
            "HOME": home,
            "ENCLAVE_PROJECT": opening.project.slug,
            "ENCLAVE_PORTAL_SOCKET": str(PORTAL_SOCKET),
            "ENCLAVE_VISIT_TOKEN": visit.issue(opening.settings, opening.person),
        },
    )
    kernelspecs = [kernel.kernelspec(opening.settings) for kernel in kernels]
    folders = [*(folder.parents[1] for folder in kernelspecs), _QUESTIONS]
    return {
        **sandbox.as_environment(),
        "ENCLAVE_DEFAULT_KERNEL": DEFAULT,
        "ENCLAVE_KERNEL_STARTS": str(HUB_SOCKET),
        "JUPYTER_PATH": ":".join(map(str, folders)),
    }


def _environment(person: str) -> dict[str, str]:
    return {
        "HOME": f"/home/{person}",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "JUPYTER_CONFIG_PATH": str(_CONFIGURATION),
        "JUPYTER_RUNTIME_DIR": "/tmp/jupyter",  # noqa: S108 - the sandbox's own
    }


def _as_it_is(folder: Path) -> Mount:
    return Mount(folder, folder)
