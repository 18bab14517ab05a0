"""Without a sandbox nothing runs, and the reason is said."""

import sys

import pytest

from enclave.errors import HostError
from enclave.sandbox import programs, requirements, seccomp
from enclave.sandbox.running import run
from enclave.sandbox.runtime_mounts import python_runtime
from tests.builders.sandbox import a_sandbox, run_shell


@pytest.mark.sandbox
def test_this_machine_can_build_sandboxes():
    report = requirements.check()

    assert report.problems == ()
    assert report.bubblewrap.count(".") == 2
    requirements.require()


@pytest.mark.parametrize("name", sorted(programs.PACKAGES))
def test_a_missing_program_is_named_with_its_package(name, monkeypatch, tmp_path):
    for other in programs.PACKAGES:
        if other != name:
            (tmp_path / other).symlink_to("/bin/true")
    monkeypatch.setattr(programs, "_FOLDERS", str(tmp_path))

    with pytest.raises(HostError, match=f"{name}.*{programs.PACKAGES[name]}"):
        requirements.require()


def test_a_missing_library_is_named(monkeypatch):
    seccomp.filters.cache_clear()
    monkeypatch.delitem(sys.modules, "pyseccomp", raising=False)
    monkeypatch.setattr(
        "ctypes.util.find_library",
        lambda name: None if name == "seccomp" else "libc.so.6",
    )

    with pytest.raises(HostError, match="libseccomp"):
        requirements.require()


def test_a_machine_that_refuses_namespaces_says_so(monkeypatch, tmp_path):
    # A bubblewrap that fails as the real one does where Linux refuses.
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit\n'
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    refusing.chmod(0o755)
    for name in programs.PACKAGES.keys() - {"bwrap"}:
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setattr(programs, "_FOLDERS", str(tmp_path))

    with pytest.raises(HostError, match="No permissions to create new namespace"):
        requirements.require()
    with pytest.raises(HostError, match="nothing is run without one"):
        run_shell("true")


@pytest.mark.sandbox
def test_where_linux_refuses_there_is_no_sandbox():
    """The real refusal: inside a sandbox without nesting, none can be built."""
    program = "from enclave.sandbox import requirements; requirements.require()"
    closed = a_sandbox([sys.executable, "-c", program], mounts=python_runtime())

    outcome = run(closed)

    assert outcome.exit_code == 1
    assert "HostError: This machine cannot build sandboxes" in outcome.output
    assert "namespace" in outcome.output
