"""The released kernels built again with the network off: ``make test-wheelhouse``."""

import os
import subprocess
import sys

import pytest

from enclave.sandbox import kernel_wheelhouse, released_kernels
from enclave.sandbox.released_kernels import release
from enclave.settings import Settings


pytestmark = pytest.mark.skipif(
    "ENCLAVE_WHEELHOUSE" not in os.environ,
    reason="fetches half a gigabyte: make test-wheelhouse",
)

# An ordinary user may have a network of nothing, too.
OFFLINE = ["unshare", "--user", "--map-root-user", "--net", "--"]


@pytest.mark.parametrize("name", ["python-2026.12", "r-2026.12"])
def test_a_kernel_is_built_again_without_network(tmp_path, name):
    wheelhouse, home = tmp_path / "wheelhouse", tmp_path / "home"
    kernel_wheelhouse.fill(release(name), wheelhouse)

    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "nobody"),
        "UV_CACHE_DIR": str(tmp_path / "empty"),
        "ENCLAVE_HOME": str(home),
        "ENCLAVE_KERNELS": str(home / "kernels"),
    }
    command = ["kernels", "install", "--from", str(wheelhouse), name]
    subprocess.run(
        [*OFFLINE, sys.executable, "-m", "enclave", *command],
        env=environment,
        check=True,
    )

    number = released_kernels.verify(Settings.at(home), name)
    assert number == len(release(name).packages())
