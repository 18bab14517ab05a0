"""What a kernel may see: told by whoever starts a Jupyter server to its provisioner.

A Jupyter server lives in one sandbox and each of its kernels in another inside that
one. The launcher of the server knows the project's folders, the provisioner in the
server (:mod:`enclave_kernels.provisioner`) does not; so the launcher writes them into
one variable of the server's environment.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from enclave.errors import HostError
from enclave.sandbox.description import Limits, Mount


VARIABLE = "ENCLAVE_KERNEL_SANDBOX"


@dataclass(frozen=True)
class KernelSandbox:
    """The sandbox of every kernel of one server.

    The kernel's own Python and a private folder for its sockets are added to it. A
    kernel inherits nothing else: no variable of the server, no file.

    Attributes
    ----------
    mounts
        Folders and sockets, as the *server* sees them: ``/project/data`` and so on.
    environment
        Variables of every kernel, beside those of its kernelspec.
    limits
        What each kernel may use.
    """

    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def as_environment(self) -> dict[str, str]:
        """Return the variable to put into the server's environment."""
        return {VARIABLE: json.dumps(asdict(self), default=str)}

    def seen_by(self, program: Path, own: Mapping[str, str]) -> dict[str, str]:
        """Return all that a kernel may know; the rest of the server's stays there.

        Parameters
        ----------
        program, own
            The kernel's program, and the variables of its kernelspec.
        """
        return {
            "HOME": "/home",
            "LANG": "C.UTF-8",
            "PATH": f"{program.parent}:/usr/bin:/bin",
            **own,
            **self.environment,
        }

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "KernelSandbox":
        """Read the variable.

        Raises
        ------
        HostError
            If it is missing or cannot be read: a kernel is never started without.
        """
        try:
            document = json.loads(environ[VARIABLE])
            return cls(
                mounts=tuple(Mount.read(mount) for mount in document.pop("mounts")),
                limits=Limits(**document.pop("limits")),
                **document,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise HostError(
                f"{VARIABLE} does not say what a kernel may see, so none is started."
                " Start the server through the enclave."
            ) from error
