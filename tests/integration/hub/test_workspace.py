"""What a researcher does in a workspace."""

import json
from time import sleep

import pytest

from enclave.audit import log
from enclave.delivery import readings
from enclave.delivery.folders import folder_of
from enclave.sandbox.released_kernels import release, releases
from enclave.store.database import Database
from tests.builders.hub import KERNEL, PROJECT


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


def test_a_cell_reads_the_delivered_data_with_pandas(workspace, enclave):
    said = workspace.run(
        "import pandas as pd\n"
        "for table in 'population', 'person', 'diagnosis', 'lab':\n"
        "    print(table, len(pd.read_parquet(f'/project/data/{table}.parquet')))"
    )
    folder = folder_of(enclave.settings, PROJECT, 1)
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    assert all(table["rows"] for table in tables)
    assert dict(line.split() for line in said.splitlines()) == {
        table["name"]: str(table["rows"]) for table in tables
    }


def test_only_the_released_kernels_are_offered(workspace, enclave):
    specs = workspace.get("api/kernelspecs").json()
    installed = {
        each.name for each in releases() if each.is_installed(enclave.settings)
    }
    assert set(specs["kernelspecs"]) == {*installed, "questions"}
    assert specs["default"] == KERNEL


def test_each_start_of_a_kernel_is_on_the_record(workspace, enclave):
    with workspace.kernel():
        pass

    with Database(enclave.settings.database_url).begin() as session:
        entry, *_ = log.latest(session, 1, actor="rikke")
    assert entry["action"] == "kernel.start"
    assert entry["subject"] == f"project:{PROJECT}"
    assert entry["details"] == release(KERNEL).mark()


def test_the_project_opens_in_r_too(workspace, enclave):
    if not release("r-2026.12").is_installed(enclave.settings):
        pytest.skip("no R here: enclave kernels install r-2026.12")
    code = (
        "project <- enclave$project(); cat(project$manifest$project, nrow(project$lab))"
    )
    folder = folder_of(enclave.settings, PROJECT, 1)
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    (lab,) = [table["rows"] for table in tables if table["name"] == "lab"]

    assert workspace.run(code, "r-2026.12") == f"{PROJECT} {lab}"


def test_what_is_read_through_project_is_on_record_outside(workspace, enclave):
    code = (
        "from enclave_kernels import project\nprint(len(project.lab.pandas('value')))"
    )

    assert int(workspace.run(code)) > 0

    database = Database(enclave.settings.database_url)
    while True:  # told every few seconds, and when the kernel ends
        with database.begin() as session:
            if "lab.value" in readings.last_days(session, 1):
                break
        sleep(0.2)
    database.dispose()


@pytest.mark.parametrize("folder", [".ipython", ".local/share/jupyter"])
def test_a_kernel_that_the_person_brings_is_not_started(workspace, folder):
    """It could run beside the server, and then read the server's memory."""
    workspace.run(
        "import json, pathlib\n"
        f"own = pathlib.Path.home() / {folder!r} / 'kernels' / 'mine'\n"
        "own.mkdir(parents=True, exist_ok=True)\n"
        "argv = ['/usr/bin/touch', '/project/work/taken-over']\n"
        "local = {'kernel_provisioner': {'provisioner_name': 'local-provisioner'}}\n"
        "spec = {'argv': argv, 'display_name': 'x', 'language': 'x'}\n"
        "spec['metadata'] = local\n"
        "(own / 'kernel.json').write_text(json.dumps(spec))\n"
    )
    assert workspace.ask("POST", "api/kernels", json={"name": "mine"}).is_error
    assert workspace.get("api/contents/work/taken-over").status_code == 404


def test_jupyters_built_in_kernel_is_not_started_either(workspace):
    assert workspace.ask("POST", "api/kernels", json={"name": "python3"}).is_error


@pytest.mark.parametrize("folder", ["work", "outbox", "return"])
def test_what_is_saved_is_there_when_the_workspace_is_opened_again(
    rikke, workspace, enclave, folder
):
    workspace.run(f"open('/project/{folder}/note.txt', 'w').write('kept')")
    rikke.close()
    again = rikke.open()
    assert again.run(f"print(open('/project/{folder}/note.txt').read())") == "kept\n"
    outside = enclave.settings.projects / PROJECT / "shared" / folder / "note.txt"
    assert outside.read_text() == "kept"


def test_data_and_the_frame_around_the_folders_are_read_only(workspace):
    said = workspace.run(
        "from pathlib import Path\n"
        "for place in '/project', '/project/data', '/', '/usr', '/home':\n"
        "    try:\n"
        "        Path(place, 'x').write_text('')\n"
        "    except OSError as error:\n"
        "        print(type(error).__name__)\n"
        "    else:\n"
        "        print('written', place)\n"
    )
    assert set(said.split()) <= {"OSError", "PermissionError"}
    assert len(said.split()) == 5


def test_a_kernel_asks_the_portal_as_its_person_and_for_counts_only(workspace):
    said = workspace.run(
        "import http.client, json, os, socket\n"
        "class Portal(http.client.HTTPConnection):\n"
        "    def connect(self):\n"
        "        self.sock = socket.socket(socket.AF_UNIX)\n"
        "        self.sock.connect(os.environ['ENCLAVE_PORTAL_SOCKET'])\n"
        "def ask(path, token):\n"
        "    portal = Portal('portal')\n"
        "    portal.request('GET', '/services/portal' + path,\n"
        "                   headers={'Authorization': 'Bearer ' + token})\n"
        "    return portal.getresponse().status\n"
        "token = os.environ['ENCLAVE_VISIT_TOKEN']\n"
        "print(ask('/api/feasibility/budget', token), ask('/api/projects', token),\n"
        "      ask('/api/feasibility/budget', token + 'x'))\n"
    )
    assert said.split() == ["200", "403", "401"]


@pytest.mark.parametrize(
    "path",
    [
        "files/work/note.txt",
        "files/work/note.txt?download=1",
        "nbconvert/html/work/a.ipynb",
        "view/work/note.txt",
        "api/nbconvert",
        "api/terminals",
        "terminals/websocket/1",
        "lsp/ws/python",
        "voila/render/work/a.ipynb",
        "api/shutdown",
    ],
)
def test_ways_to_take_files_along_are_refused_by_the_server(workspace, path):
    workspace.run("open('/project/work/note.txt', 'w').write('to be kept here')")
    answer = workspace.get(path)
    assert answer.status_code in {403, 404}
    assert "to be kept here" not in answer.text


def test_no_extension_can_be_installed(workspace):
    body = {"cmd": "install", "extension_name": "jupyterlab-git"}
    assert workspace.ask("POST", "lab/api/extensions", json=body).is_error
