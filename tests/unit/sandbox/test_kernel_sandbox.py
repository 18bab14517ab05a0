import json
from pathlib import Path

import pytest

from enclave.errors import HostError
from enclave.sandbox.description import Limits, Mount
from enclave.sandbox.kernel_sandbox import VARIABLE, KernelSandbox


FULL = KernelSandbox(
    mounts=(
        Mount(Path("/project/data"), Path("/project/data")),
        Mount(None, Path("/project/work"), writable=True),
    ),
    environment={"TZ": "UTC", "GREETING": "Hej, Søren"},
    limits=Limits(memory_bytes=1, processes=None, wall_seconds=2.5),
)


@pytest.mark.parametrize("sandbox", [KernelSandbox(), FULL])
def test_what_is_written_is_read_again(sandbox):
    assert KernelSandbox.from_environment(sandbox.as_environment()) == sandbox


def test_it_takes_one_variable():
    assert list(FULL.as_environment()) == [VARIABLE]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "[]",
        "{}",
        json.dumps({"mounts": []}),
        json.dumps({"mounts": [{"source": "/a"}], "limits": {}}),
        json.dumps({"mounts": [], "limits": {"memory": 1}, "environment": {}}),
        json.dumps({"mounts": [], "limits": {}, "network": True}),
    ],
)
def test_without_a_readable_description_there_is_no_kernel(value):
    environ = {} if value is None else {VARIABLE: value}

    with pytest.raises(HostError, match="none is started"):
        KernelSandbox.from_environment(environ)


def test_only_a_plain_true_makes_a_mount_writable():
    document = json.loads(FULL.as_environment()[VARIABLE])
    document["mounts"][0]["writable"] = "false"

    read = KernelSandbox.from_environment({VARIABLE: json.dumps(document)})

    assert read.mounts[0].writable is False
