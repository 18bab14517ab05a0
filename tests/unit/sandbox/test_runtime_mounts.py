import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from enclave.sandbox.running import run
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime
from tests.builders.sandbox import ACCOUNT, a_sandbox, owned


@pytest.mark.sandbox
def test_this_very_python_runs_inside_with_our_packages():
    program = "import sys, enclave_kernels.engine; print(sys.prefix, sys.base_prefix)"

    outcome = run(a_sandbox([sys.executable, "-c", program], mounts=python_runtime()))

    assert outcome.output.split() == [sys.prefix, sys.base_prefix]


def test_nothing_is_mounted_twice():
    targets = [mount.target for mount in python_runtime()]

    assert len(set(targets)) == len(targets)
    assert not any(set(target.parents) & set(targets) for target in targets)


def test_nothing_is_writable():
    assert not any(mount.writable for mount in python_runtime())


def test_a_system_python_needs_nothing_beyond_the_environment(tmp_path):
    prefix = _environment(tmp_path / "venv", Path("/usr/bin/python3.11"))

    assert [mount.target for mount in environment_runtime(prefix)] == [prefix]


def test_of_an_installation_elsewhere_only_programs_and_libraries_are_shown(tmp_path):
    python = _installation(tmp_path / "somebody" / "python")
    prefix = _environment(tmp_path / "venv", python)

    targets = {mount.target for mount in environment_runtime(prefix)}

    home = tmp_path / "somebody"
    assert targets == {prefix, home / "python" / "bin", home / "python" / "lib"}


def test_a_link_on_the_way_is_shown_as_a_link_without_its_neighbours(tmp_path):
    python = _installation(tmp_path / "python")
    shortcut = tmp_path / "somebody" / "bin" / "python3"
    shortcut.parent.mkdir(parents=True)
    (shortcut.parent / "token").touch()
    shortcut.symlink_to(python)
    prefix = _environment(tmp_path / "venv", shortcut)

    shown = {mount.target: mount.as_link for mount in environment_runtime(prefix)}

    assert shown[shortcut] is True
    assert shortcut.parent not in shown


def test_a_link_to_a_folder_is_seen_by_both_its_names(tmp_path):
    python = _installation(tmp_path / "python-3.11.9")
    (tmp_path / "python-3.11").symlink_to("python-3.11.9")
    prefix = _environment(
        tmp_path / "venv", tmp_path / "python-3.11" / "bin" / "python"
    )

    targets = {mount.target for mount in environment_runtime(prefix)}

    assert {python.parent, tmp_path / "python-3.11" / "bin"} <= targets


@pytest.fixture
def on_disk():
    """A folder that is not below /dev/shm, of which every sandbox has its own."""
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.mark.sandbox
def test_a_python_below_a_closed_home_runs_for_another_account(on_disk):
    # What uv and pyenv do: the interpreter lies in the home of whoever installed it.
    home = on_disk / "home"
    base = home / "python"
    shutil.copytree(
        "/usr/lib/python3.11",
        base / "lib" / "python3.11",
        ignore=shutil.ignore_patterns("test*", "*.pyc", "dist-packages", "config-*"),
    )
    (base / "bin").mkdir()
    shutil.copy("/usr/bin/python3.11", base / "bin" / "python3.11")
    prefix = on_disk / "venv"
    subprocess.run(
        [base / "bin" / "python3.11", "-m", "venv", "--without-pip", prefix], check=True
    )
    owned(prefix)
    home.chmod(0o700 if ACCOUNT else 0o755)
    python = prefix / "bin" / "python"
    program = "import json, sys; print(sys.prefix, sys.base_prefix)"

    outcome = run(
        a_sandbox([str(python), "-c", program], mounts=environment_runtime(prefix))
    )

    assert outcome.output.split() == [str(prefix), str(base)]


def _installation(prefix: Path) -> Path:
    library = prefix / "lib" / "python3.11"
    library.mkdir(parents=True)
    (library / "os.py").touch()
    python = prefix / "bin" / "python"
    python.parent.mkdir()
    python.touch(mode=0o755)
    return python


def _environment(prefix: Path, python: Path) -> Path:
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").symlink_to(python)
    return prefix
