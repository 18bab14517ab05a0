"""Sandboxes for tests, under an account that no project has."""

import os
from collections.abc import Mapping
from pathlib import Path

from enclave.sandbox.accounts import for_project
from enclave.sandbox.description import Limits, Mount, SandboxDescription
from enclave.sandbox.running import Outcome, run


ACCOUNT = for_project(999_001)


def a_sandbox(
    command: list[str],
    *,
    mounts: tuple[Mount, ...] = (),
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    **other,
) -> SandboxDescription:
    return SandboxDescription(
        command,
        mounts=mounts,
        environment={"PATH": "/usr/bin:/usr/sbin", **(environment or {})},
        limits=limits or Limits(wall_seconds=60, tmp_bytes=16 << 20, processes=100),
        account=ACCOUNT,
        **other,
    )


def run_shell(script: str, **described) -> Outcome:
    return run(a_sandbox(["/bin/sh", "-c", script], **described))


def owned(folder: Path) -> Path:
    """Give a folder to the sandbox's account, where there is another to give it to."""
    if ACCOUNT is not None:
        os.chown(folder, ACCOUNT.uid, ACCOUNT.gid)
    return folder
