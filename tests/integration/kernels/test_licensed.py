"""Kernels for programs that need a licence: found where they are, honest where not."""

import importlib.util
import json
from types import ModuleType

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from enclave.sandbox.released_kernels import DEFAULT, release


NAMES = {"stata-2026.11": "enclave_stata", "sas-2026.11": "enclave_sas"}


def module(name: str) -> ModuleType:
    path = release(name).library / f"{NAMES[name]}.py"
    specification = importlib.util.spec_from_file_location(NAMES[name], path)
    found = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(found)
    return found


def test_they_are_installed_only_where_asked_for():
    assert {name: release(name).needs for name in NAMES} == {
        "stata-2026.11": "Stata",
        "sas-2026.11": "SAS",
    }


def test_stata_is_taken_with_its_licence_only(tmp_path):
    stata = module("stata-2026.11")
    folder = tmp_path / "stata19"

    assert "is not installed here" in stata.find(tmp_path)[1]
    (folder / "utilities" / "pystata").mkdir(parents=True)
    (folder / "stata-mp").touch()
    assert "has no licence" in stata.find(tmp_path)[1]
    (folder / "stata.lic").touch()
    assert stata.find(tmp_path) == (folder, "")


def test_the_newest_sas_is_taken(tmp_path):
    sas = module("sas-2026.11")

    assert "is not installed here" in sas.find(tmp_path)[1]
    for version in ("9.3", "9.4"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "sas_u8").touch()
    program, _ = sas.find(tmp_path)
    assert program == tmp_path / "9.4" / "bin" / "sas_u8"
    known: dict[str, object] = {}
    exec(sas.configuration(program), known)  # noqa: S102 - it is Python that we wrote
    assert known["enclave"]["saspath"] == str(program)


@pytest.mark.parametrize("name", NAMES)
def test_without_the_program_one_sentence_says_so(name, settings, tmp_path):
    """The kernel itself, started by the Python of the default kernel."""
    python = release(DEFAULT).prefix(settings) / "bin" / "python"
    document = release(name).specification
    argv = [str(python), *document["argv"][1:]]
    document = {**document, "argv": argv, "metadata": {}}
    document["env"] = {"PYTHONPATH": str(release(name).library)}
    folder = tmp_path / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(document))
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")])
    manager = KernelManager(
        kernel_name=name, kernel_spec_manager=specs, transport="ipc"
    )
    manager.connection_file = str(settings.runtime / "c.json")
    manager.ip = str(settings.runtime / "s")
    settings.runtime.mkdir(exist_ok=True)

    said = _errors(manager)

    (error,) = said
    assert error["ename"] == "NotInstalled"
    assert str(error["evalue"]).startswith(f"{release(name).needs} is not installed")
    assert error["traceback"] == [error["evalue"]]
    assert len(error["evalue"].splitlines()) == 1


def _errors(manager: KernelManager) -> list[dict[str, object]]:
    said: list[dict[str, object]] = []
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)

        def collect(message):
            if message["msg_type"] == "error":
                said.append(message["content"])

        reply = client.execute_interactive(
            "anything at all", output_hook=collect, timeout=60
        )
        assert reply["content"]["status"] == "error"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return said
