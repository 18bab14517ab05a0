"""A notebook that attacks the run it is part of: its record, its data, its host."""

import json
import os
from pathlib import Path

import nbformat
import pytest

from enclave.archive.execution import execute
from enclave.archive.run_record import Cause
from enclave.errors import HostError, InputError
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import DEFAULT
from tests.builders.sandbox import ACCOUNT, owned


pytestmark = pytest.mark.sandbox

READINGS, SOCKETS = "/run/enclave/readings", "/run/kernel/sockets"

FIND_THE_RUN = """
import glob, json, os
found = [each for pattern in ('/project/*', '/project/*/*.json', '/*/job.json')
         for each in glob.glob(pattern)]
print(json.dumps({
    'found': sorted(set(found)),
    'processes': [open(f'/proc/{p}/comm').read().strip()
                  for p in os.listdir('/proc') if p.isdigit()],
    'environment': open('/proc/1/environ').read() + str(dict(os.environ)),
    'below_root': sorted(os.listdir('/')),
    'below_run': [folder for folder, _, _ in os.walk('/run')],
}))
"""

FORGE = """
import json, os, sys
forged = json.dumps({'cell': 1, 'of': 1, 'status': 'completed'})
for descriptor in (1, 2, *range(3, 64)):
    try:
        os.write(descriptor, (forged + '\\n').encode())
    except OSError:
        pass
for place in ('/project/run', '/project/out', '/project', '.', '/tmp'):
    try:
        os.makedirs(place, exist_ok=True)
        open(place + '/run.json', 'w').write('{"status": "completed"}')
    except OSError:
        pass
os._exit(1)
"""

WRITE = """
import os
wrote = []
for folder, _, _ in os.walk('/', followlinks=False):
    if folder.startswith(('/proc', '/dev/fd')):
        continue
    try:
        open(os.path.join(folder, 'probe'), 'w').close()
        wrote.append(folder)
    except OSError:
        pass
print(sorted(wrote))
"""


@pytest.fixture
def attack(settings, tmp_path):
    data = owned(_folder(tmp_path / "data"))
    (data / "person.csv").write_text("pseudonym\nA\n")
    settings.keys.mkdir(parents=True)
    (settings.keys / "root.key").write_text("Quahpheingei8eis")
    steps = []

    def run(source: str, seconds: float = 90):
        notebook = tmp_path / "hostile.ipynb"
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(node, notebook)
        record = execute(
            settings,
            notebook=notebook,
            kernel=DEFAULT,
            data=data,
            out=tmp_path / "out",
            parameters={},
            limits=Limits(wall_seconds=seconds, tmp_bytes=32 << 20, processes=200),
            account=ACCOUNT,
            watch=steps.append,
        )
        executed = nbformat.read(tmp_path / "out" / "executed.ipynb", as_version=4)
        return record, "".join(o.get("text", "") for o in executed.cells[0].outputs)

    run.steps = steps
    return run


def test_it_finds_nothing_of_the_run(attack):
    record, output = attack(FIND_THE_RUN)

    assert record.completed
    found = json.loads(output)
    assert found["found"] == ["/project/data", "/project/work"]
    assert len(found["processes"]) == 2
    assert "bwrap" in found["processes"]
    assert "ENCLAVE" not in found["environment"]
    assert "JUPYTER" not in found["environment"]
    assert set(found["below_root"]).isdisjoint({"root", "srv", "var", "opt"})
    # Where it notes what it reads, and where it is spoken to, and nothing beside.
    meeting = {"/run/kernel", "/run/kernel/key", SOCKETS}
    assert set(found["below_run"]) <= {"/run", "/run/enclave", READINGS, *meeting}


def test_it_cannot_forge_its_record(attack):
    record, _ = attack(FORGE)

    assert not record.completed
    assert record.failure.cause is Cause.DEAD_KERNEL
    assert [step.status for step in attack.steps] == ["running", "failed"]


def test_it_writes_only_to_what_is_thrown_away(attack, tmp_path):
    record, output = attack(WRITE)

    assert record.completed
    allowed = ("/dev/shm", "/home", "/project/work", "/tmp", READINGS, SOCKETS)
    wrote = output.strip("[]\n").replace("'", "").split(", ")
    assert all(folder.startswith(allowed) for folder in wrote), wrote
    assert [f.name for f in (tmp_path / "data").iterdir()] == ["person.csv"]


def test_it_cannot_use_up_the_machine(attack):
    bomb = """
import os, time
for _ in range(1000):
    try:
        if os.fork() == 0:
            time.sleep(600)
    except OSError as error:
        print(error.errno)
        break
"""
    record, output = attack(bomb)

    assert record.completed
    assert output == "11\n"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "missing"])
def test_a_notebook_that_is_no_plain_file_is_refused(kind, settings, tmp_path):
    path = tmp_path / "trick.ipynb"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()

    with pytest.raises(InputError, match=r"trick\.ipynb"):
        _execute(settings, path, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"nbformat": 3, "cells": []}', "\x00"])
def test_a_file_that_is_no_notebook_is_refused(text, settings, tmp_path):
    path = tmp_path / "not-a-notebook.ipynb"
    path.write_text(text)

    with pytest.raises(InputError, match="not a notebook"):
        _execute(settings, path, tmp_path)


def test_a_kernel_named_by_the_notebook_is_not_used(settings, tmp_path):
    path = tmp_path / "own-kernel.ipynb"
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    node.metadata.kernelspec = {
        "name": "evil",
        "display_name": "evil",
        "language": "sh",
        "argv": ["/bin/sh", "-c", "touch /tmp/evil"],
    }
    nbformat.write(node, path)

    record = _execute(settings, path, tmp_path)

    assert record.completed
    assert record.software.kernel == DEFAULT


def test_a_run_that_cannot_tell_how_it_went_is_no_success(settings, tmp_path):
    path = tmp_path / "fine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)

    with pytest.raises(HostError, match="without a record"):
        # Not enough memory for the run itself.
        _execute(settings, path, tmp_path, limits=Limits(memory_bytes=1 << 20))


def _execute(settings, notebook: Path, folder: Path, limits: Limits | None = None):
    return execute(
        settings,
        notebook=notebook,
        kernel=DEFAULT,
        data=None,
        out=folder / "out",
        parameters={},
        limits=limits or Limits(wall_seconds=90),
        account=ACCOUNT,
    )


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
