"""A kernel in its sandbox, inside that of a server, as a Jupyter server uses it."""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from enclave.errors import HostError
from enclave.sandbox.description import Limits, Mount
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.sandbox.running import run
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime
from enclave.settings import Settings
from tests.builders.sandbox import a_sandbox, owned
from tests.conftest import KERNELS


pytestmark = pytest.mark.sandbox

TOKEN = "Cahw0ceey4ahquee"  # noqa: S105 - nobody's
SERVER = Path(__file__).with_name("server.py")
DATA, WORK = Path("/project/data"), Path("/project/work")


def _serve(folder: Path, script: Path = SERVER, **environment: str):
    data = owned(folder / "data")
    prefix = release(DEFAULT).prefix(Settings.at(folder, kernels=str(KERNELS)))
    kernels = KernelSandbox(
        mounts=(Mount(DATA, DATA), Mount(None, WORK, writable=True)),
        environment={"GREETING": "hej"},
    )
    return run(
        a_sandbox(
            [sys.executable, str(script)],
            mounts=(
                *python_runtime(),
                *environment_runtime(prefix),
                Mount(data, DATA),
                Mount(None, WORK, writable=True),
                Mount(None, Path("/home"), writable=True),
                Mount(data, Path("/server")),
                Mount(script, script),
            ),
            environment={
                **kernels.as_environment(),
                "JUPYTERHUB_API_TOKEN": TOKEN,
                "JPY_API_TOKEN": TOKEN,
                "HOME": "/home",
                "JUPYTER_PATH": str(prefix / "share" / "jupyter"),
                **environment,
            },
            limits=Limits(wall_seconds=200, tmp_bytes=64 << 20),
            allow_nested=True,
        )
    )


@pytest.fixture(scope="module")
def seen():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        (folder / "data").mkdir()
        (folder / "data" / "person.csv").write_text("pseudonym\nA\n")
        (folder / "data" / "secret").write_text("of the server")
        outcome = _serve(folder)
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.output.splitlines()[-1])


@pytest.fixture
def inside(seen):
    return seen["inside"]


def test_it_talks_over_sockets_in_a_private_folder(seen, inside):
    assert seen["transport"] == "ipc"
    assert seen["socket_mode"] == 0o700
    assert inside["interfaces"] == ["lo"]


def test_it_knows_no_variable_of_the_server_but_those_named(inside):
    environment = inside["environment"]

    assert environment["GREETING"] == "hej"
    assert not [n for n in environment if n.startswith(("JUPYTER", "JPY", "ENCLAVE"))]
    assert TOKEN not in json.dumps(inside)


def test_it_sees_no_process_of_the_server(inside):
    assert inside["processes"] == [1, 2]
    assert TOKEN not in inside["first"]


def test_it_sees_the_project_and_nothing_of_the_server(inside):
    assert inside["data"] == "pseudonym\nA\n"
    assert inside["server_file"] == "FileNotFoundError"
    assert "server" not in inside["folders"]
    # The kernel's environment may lie there, too; beside it, its own sockets' folder.
    other = [name for name in inside["tmp"] if name not in KERNELS.parts]
    assert len(other) == 1


def test_it_starts_where_it_was_asked_to(inside):
    assert inside["cwd"] == str(WORK)


def test_it_cannot_exchange_the_key_of_its_connection(inside):
    assert inside["forge"] == "OSError"  # the file is a mount: busy
    assert inside["overwrite"] == "OSError"  # read-only


def test_it_can_be_interrupted(seen):
    assert seen["interrupted"] == "KeyboardInterrupt"
    assert seen["after_interrupt"] == "1"


@pytest.mark.parametrize("now", [False, True])
def test_it_can_be_restarted_and_takes_its_children_along(seen, now):
    assert seen[f"restarted_{now}"] == "False"
    assert seen[f"sleepers_{now}"] == []


def test_its_death_is_noticed_and_it_can_be_restarted_then(seen):
    assert seen["alive_after_death"] is False
    assert seen["after_death"] == "2"


def test_it_leaves_nothing_behind(seen):
    assert seen["alive_after_shutdown"] is False
    assert seen["left_folder"] is False
    assert seen["left_processes"] == []


def test_without_a_description_no_kernel_is_started(tmp_path):
    (tmp_path / "data").mkdir()
    script = tmp_path / "start.py"
    script.write_text(
        "from jupyter_client import KernelManager\n"
        f"KernelManager(kernel_name={DEFAULT!r}).start_kernel()\n"
    )

    outcome = _serve(tmp_path, script, ENCLAVE_KERNEL_SANDBOX="")

    assert outcome.exit_code == 1
    assert (
        f"{HostError.__name__}: ENCLAVE_KERNEL_SANDBOX does not say" in outcome.output
    )
