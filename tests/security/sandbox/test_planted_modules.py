"""A module that a member leaves in the shared folder is never run by a server."""

import subprocess
import sys
from pathlib import Path

import pytest


PLANTED = ("tornado", "json", "enclave", "enclave_hub", "enclave_kernels")


@pytest.mark.parametrize(
    ("flag", "module"),
    [
        ("-I", "enclave_hub.nursery.server"),
        ("-I", "enclave_hub.dashboard.server"),
        ("-P", "enclave_kernels.run"),
    ],
)
def test_the_current_folder_is_not_searched(flag: str, module: str, tmp_path: Path):
    for name in PLANTED:
        (tmp_path / f"{name}.py").write_text("open('stolen', 'w').close()")

    subprocess.run(
        [sys.executable, flag, "-m", module],
        cwd=tmp_path,
        env={},
        capture_output=True,
        check=False,
    )

    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize(
    ("file", "flag"),
    [
        ("hub_config/enclave_hub/nursery/client.py", "-I"),
        ("hub_config/enclave_hub/dashboard/description.py", "-I"),
        ("enclave/archive/execution_sandbox.py", "-P"),
    ],
)
def test_every_server_is_started_so(file: str, flag: str):
    source = " ".join((Path(__file__).parents[3] / file).read_text().split())

    assert f'"{flag}", "-m", "enclave_' in source
