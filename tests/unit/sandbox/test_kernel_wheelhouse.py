"""Kernels from a folder of files: without network, and nothing that was not locked."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from enclave.canonical import file_digest
from enclave.cli.main import enclave
from enclave.errors import HostError, IntegrityError
from enclave.sandbox import kernel_installation, kernel_system, released_kernels
from enclave.sandbox.kernel_installation import install
from enclave.sandbox.released_kernels import Release
from enclave.settings import Settings


PYTHON = "{}.{}".format(*sys.version_info)


@pytest.fixture
def wheelhouse(tmp_path) -> Path:
    """A folder with one wheel and one Debian package, both real and very small."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_part-1.0-py3-none-any.whl", "w") as wheel:
        information = "tiny_part-1.0.dist-info"
        wheel.writestr("tiny_part.py", "answer = 42\n")
        wheel.writestr(
            f"{information}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-part\nVersion: 1.0\n",
        )
        wheel.writestr(
            f"{information}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{information}/RECORD", "")
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN").chmod(0o755)
    (tree / "bin").mkdir()
    (tree / "bin" / "hello").write_text("#!/bin/sh\n")
    (tree / "bin" / "hello").chmod(0o4755)
    (tree / "usr" / "share" / "man").mkdir(parents=True)
    (tree / "usr" / "share" / "man" / "hello.1").write_text("read me")
    (tree / "DEBIAN" / "control").write_text(
        "Package: hello-tiny\nVersion: 1:2.0-1\nArchitecture: all\n"
        "Maintainer: Nobody <nobody@example.org>\nDescription: says nothing\n"
    )
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", tree, folder / "hello.deb"],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.at(tmp_path / "home")


def a_release(tmp_path: Path, *parts: str, root: bool) -> Release:
    folder = tmp_path / "kernelspecs" / "tiny-2026.11"
    (folder / "library").mkdir(parents=True)
    (folder / "library" / "helper.py").write_text("helps = True\n")
    enclave = {"python": PYTHON, **({"root": "@PREFIX@/root"} if root else {})}
    document = {
        "argv": ["/usr/bin/hello"],
        "display_name": "Tiny",
        "language": "python",
        "metadata": {"enclave": enclave},
    }
    (folder / "kernel.json").write_text(json.dumps(document))
    (folder / "requirements.lock").write_text("\n".join(parts))
    return Release(folder.name, folder)


def pin(name: str, file: Path) -> str:
    return f"{name} \\\n    --hash=sha256:{file_digest(file)}\n"


@pytest.fixture
def in_python(tmp_path, wheelhouse, monkeypatch) -> Release:
    wheel = next(wheelhouse.glob("*.whl"))
    release = a_release(tmp_path, pin("tiny-part==1.0", wheel), root=False)
    monkeypatch.setattr(released_kernels, "releases", lambda: [release])
    return release


@pytest.fixture
def with_system(tmp_path, wheelhouse, monkeypatch) -> Release:
    release = a_release(
        tmp_path,
        "# Debian packages",
        pin("hello-tiny==1:2.0-1", wheelhouse / "hello.deb"),
        "# Python packages",
        pin("tiny-part==1.0", next(wheelhouse.glob("*.whl"))),
        root=True,
    )
    monkeypatch.setattr(released_kernels, "releases", lambda: [release])
    return release


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_a_kernel_is_built_from_the_folder_alone(
    in_python, wheelhouse, settings, tool, monkeypatch
):
    if tool == "pip":
        monkeypatch.setattr(kernel_installation, "uv", lambda: None)

    install(settings, in_python, wheelhouse=wheelhouse, report=_nobody)

    python = in_python.prefix(settings) / "bin" / "python"
    code = "import tiny_part, helper; print(tiny_part.answer, helper.helps)"
    said = subprocess.run([python, "-c", code], capture_output=True, check=True)
    assert said.stdout == b"42 True\n"


def test_a_kernel_brings_its_own_system(with_system, wheelhouse, settings):
    install(settings, with_system, wheelhouse=wheelhouse, report=_nobody)

    root = with_system.root(settings)
    assert root is not None
    program = root / "usr" / "bin" / "hello"
    assert program.stat().st_mode & 0o7777 == 0o755, "nobody gains rights by it"
    assert (root / "bin").readlink() == Path("usr/bin")
    assert not (root / "usr" / "share" / "man").exists()
    assert (root / "usr" / "lib" / "enclave" / "tiny_part.py").exists()
    assert (root / "usr" / "lib" / "enclave" / "helper.py").exists()
    kernelspec = json.loads(
        (with_system.kernelspec(settings) / "kernel.json").read_text()
    )
    assert kernelspec["metadata"]["enclave"]["root"] == str(root)
    assert released_kernels.verify(settings, with_system.name) == 2


@pytest.mark.parametrize(
    ("file", "error"),
    [("hello.deb", IntegrityError), ("tiny_part-1.0-py3-none-any.whl", HostError)],
)
def test_a_file_that_was_not_locked_is_not_installed(
    with_system, wheelhouse, settings, file, error
):
    with (wheelhouse / file).open("ab") as changed:
        changed.write(b"\0")

    with pytest.raises(error):
        install(settings, with_system, wheelhouse=wheelhouse, report=_nobody)

    assert not with_system.is_installed(settings)


def test_another_version_in_the_system_is_told(with_system, wheelhouse, settings):
    install(settings, with_system, wheelhouse=wheelhouse, report=_nobody)
    status = with_system.root(settings) / kernel_system.STATUS
    status.write_text(status.read_text().replace("1:2.0-1", "1:2.0-2"))

    with pytest.raises(
        IntegrityError, match=r"hello-tiny is 1:2\.0-2 .1:2\.0-1 in the"
    ):
        released_kernels.verify(settings, with_system.name)


def test_the_command_installs_from_a_folder(in_python, wheelhouse, settings):
    def call(*arguments: str):
        return CliRunner().invoke(enclave, ["kernels", *arguments], obj=settings)

    said = call("install", "--from", str(wheelhouse), in_python.name)

    assert "Installed tiny-2026.11" in said.output
    assert call("wheelhouse", in_python.name, "--out", "/dev/null").exit_code != 0


def _nobody(_: str) -> None:
    pass
