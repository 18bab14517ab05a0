"""Prove the isolation where it is installed: try what must not work.

The probes run where user code runs: in a kernel's sandbox, inside that of a server
which holds a secret. They are safe to run on a machine that is in use.
"""

import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from enclave.errors import HostError
from enclave.sandbox import accounts
from enclave.sandbox.attempts import Targets
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import Limits, Mount, SandboxDescription
from enclave.sandbox.probes import PROBES, Finding
from enclave.sandbox.running import run
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.settings import Settings


_DATA = Path("/project/data")
_TARGETS = "ENCLAVE_PROBE_TARGETS"
_SECRET = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable
_LIMITS = Limits(processes=200, tmp_bytes=64 << 20, wall_seconds=120)


def findings(settings: Settings) -> list[Finding]:
    """Run every probe in a kernel's sandbox.

    Raises
    ------
    HostError
        If the sandbox cannot be built, or did not tell of every probe.
    """
    with _worth_reaching(settings) as (targets, canary, data):
        outcome = run(_server(targets, canary, data))
    found = list(_read(outcome.output))
    if [finding.probe for finding in found] != list(PROBES):
        raise HostError(
            f"Only {len(found)} of {len(PROBES)} probes told how they went (exit code"
            f" {outcome.exit_code}): {' '.join(outcome.output.split())[-300:]}"
        )
    return found


def _server(targets: Targets, canary: str, data: Path) -> SandboxDescription:
    """Describe a server with a secret, which starts the probes as it would a kernel."""
    return SandboxDescription(
        [sys.executable, "-m", "enclave.sandbox.isolation"],
        mounts=(*python_runtime(), Mount(data, _DATA)),
        environment={_SECRET: canary, _TARGETS: json.dumps(asdict(targets))},
        limits=_LIMITS,
        account=accounts.for_dashboards(),
        allow_nested=True,
        die_with_parent=True,
    )


def _kernel(targets: str) -> SandboxDescription:
    return SandboxDescription(
        [sys.executable, "-m", "enclave.sandbox.probes"],
        mounts=(*python_runtime(), Mount(_DATA, _DATA)),
        environment={_TARGETS: targets},
        limits=_LIMITS,
        die_with_parent=True,
        reaper=True,
    )


@contextmanager
def _worth_reaching(settings: Settings) -> Iterator[tuple[Targets, str, Path]]:
    """Open what an attacker would look for, and name what there is already."""
    canary = secrets.token_urlsafe(24)
    abstract = f"enclave-probe-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="enclave-probe-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(f"\0{abstract}")
        listener.listen()
        # Open to everybody, so that it is the sandbox that keeps it closed.
        Path(folder).chmod(0o777)
        targets = Targets(
            hidden=tuple(map(str, (*_valuables(settings), folder))),
            read_only=(str(_DATA),),
            yranac=canary[::-1],
            port=server.getsockname()[1],
            abstract=abstract,
            tmp_bytes=_LIMITS.tmp_bytes,
            processes=_LIMITS.processes or 0,
        )
        yield targets, canary, Path(folder)


def _valuables(settings: Settings) -> list[Path]:
    return [
        settings.keys,
        settings.identity,
        settings.warehouse,
        settings.deliveries,
        settings.extracts,
        settings.ingress,
        settings.projects,
        settings.archive,
        settings.runtime,
        settings.home / "enclave.db",
        settings.home / "hub",
    ]


def _read(output: str) -> Iterator[Finding]:
    for line in output.splitlines():
        try:
            yield Finding(**json.loads(line))
        except (TypeError, ValueError):
            continue


if __name__ == "__main__":
    with launch(_kernel(os.environ[_TARGETS]), output=1) as kernel:
        sys.exit(kernel.wait())
