"""A run, in whose sandbox a kernel is to be forked."""

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import Mount, SandboxDescription
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.running import held_open
from tests.security.sandbox.closed_parents.parents import ACCOUNT


@pytest.fixture
def run(tmp_path) -> Iterator[SandboxProcess]:
    (tmp_path / "secret").write_text("of the run")
    for path in (tmp_path, tmp_path / "secret"):
        os.chown(path, ACCOUNT.uid, ACCOUNT.gid)
    seen = Mount(tmp_path, Path("/project/run"), writable=True)
    room = SandboxDescription(
        ["/usr/bin/true"], mounts=(seen,), account=ACCOUNT, allow_nested=True
    )
    with launch(held_open(room), given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox
