"""Released kernels: never changed, and installed as they were released."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from enclave.canonical import file_digest
from enclave.cli.main import enclave
from enclave.errors import HostError, IntegrityError, NotFoundError
from enclave.sandbox import kernel_installation, released_kernels
from enclave.sandbox.kernel_installation import install
from enclave.sandbox.kernel_lock import normal
from enclave.sandbox.kernel_release import library_digest
from enclave.sandbox.released_kernels import DEFAULT, Release, release, releases
from enclave.settings import Settings


KERNELSPECS = Path(__file__).parents[3] / "kernels" / "kernelspecs"
RELEASED = [
    line.split() for line in (KERNELSPECS / "RELEASED").read_text().splitlines() if line
]


@pytest.mark.parametrize(
    ("digest", "name"), RELEASED, ids=[line[1] for line in RELEASED]
)
def test_what_was_released_is_never_changed(digest, name):
    assert file_digest(KERNELSPECS / name) == digest, (
        "A released kernel stays as it is. Make a new folder instead."
    )


def test_every_file_of_a_release_is_held_to_that():
    files = {
        str(file.relative_to(KERNELSPECS))
        for file in KERNELSPECS.glob("*/**/*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert files == {name for _, name in RELEASED}


@pytest.fixture(params=releases(), ids=lambda release: release.name)
def released(request) -> Release:
    return request.param


def test_a_release_starts_only_in_a_sandbox(released):
    metadata = released.specification["metadata"]

    assert metadata["kernel_provisioner"]["provisioner_name"] == "enclave-sandbox"
    assert released.specification["interrupt_mode"] == "message"
    program = released.specification["argv"][0]
    brought = metadata["enclave"].get("root") == "@PREFIX@/root"
    assert program.startswith("/usr/bin/" if brought else "@PREFIX@/")
    assert brought is bool(released.locked.debian)


def test_a_lock_holds_a_hash_for_every_package_and_no_place(released):
    text = released.lock.read_text()

    assert len(released.packages()) > 25
    entries = [line for line in text.splitlines() if "==" in line]
    assert all(line.endswith("\\") for line in entries), "a package without hashes"
    assert text.count("--hash=sha256:") >= len(entries)
    assert all(package.hashes for package in released.locked.debian)
    assert "file:" not in text
    assert "://" not in text


def test_a_lock_names_the_hash_of_the_library_beside_it(released):
    expected = library_digest(released.library) if released.library.exists() else None

    assert released.locked.library == expected


def test_the_lock_answers_what_was_asked_for(released):
    asked = [
        entry
        for file in released.folder.glob("*.in")
        if file.name != "build.in"
        for entry in file.read_text().split()
    ]
    names = {normal(entry.split(">=")[0].split("==")[0]) for entry in asked}

    assert names <= released.packages().keys()


def test_the_default_kernel_is_released():
    assert release(DEFAULT).name == DEFAULT


def test_a_kernel_nobody_released_is_not_found():
    with pytest.raises(NotFoundError, match=DEFAULT):
        release("python-1999.01")


# --- Installing, with releases small enough to be installed in a test -----------------


@pytest.fixture
def empty_home(tmp_path) -> Settings:
    return Settings.at(tmp_path / "home")


@pytest.fixture
def tiny(tmp_path) -> Release:
    """A release without packages: its environment is real and takes a second."""
    folder = tmp_path / "kernelspecs" / "tiny-2026.11"
    folder.mkdir(parents=True)
    source = release(DEFAULT).folder / "kernel.json"
    document = json.loads(source.read_text())
    document["metadata"]["enclave"]["python"] = "{}.{}".format(*sys.version_info)
    (folder / "kernel.json").write_text(json.dumps(document))
    (folder / "requirements.lock").write_text("# nothing\n")
    return Release(folder.name, folder)


@pytest.fixture
def only_tiny(tiny, monkeypatch) -> Release:
    monkeypatch.setattr(released_kernels, "releases", lambda: [tiny])
    return tiny


def test_a_kernel_is_installed_once(only_tiny, empty_home):
    told = []

    assert install(empty_home, only_tiny, report=told.append) is True
    assert install(empty_home, only_tiny, report=told.append) is False
    assert len(told) == 1
    assert released_kernels.installed(empty_home, only_tiny.name) == only_tiny


def test_the_kernelspec_names_the_environment(only_tiny, empty_home):
    install(empty_home, only_tiny, report=_nobody)

    folder = only_tiny.kernelspec(empty_home)
    argv = json.loads((folder / "kernel.json").read_text())["argv"]
    assert argv[0] == str(only_tiny.prefix(empty_home) / "bin" / "python")
    assert [each.name for each in folder.parent.iterdir()] == [only_tiny.name]
    subprocess.run([argv[0], "-c", ""], check=True)


def test_an_installation_that_was_killed_is_absent_and_begun_anew(
    only_tiny, empty_home
):
    install(empty_home, only_tiny, report=_nobody)
    prefix = only_tiny.prefix(empty_home)
    (prefix / released_kernels.MARK).unlink()
    (prefix / "half-written").touch()

    with pytest.raises(NotFoundError, match="enclave kernels install"):
        released_kernels.installed(empty_home, only_tiny.name)

    assert install(empty_home, only_tiny, report=_nobody) is True
    assert not (prefix / "half-written").exists()


def test_an_environment_of_another_lock_does_not_count(only_tiny, empty_home):
    install(empty_home, only_tiny, report=_nobody)
    only_tiny.lock.write_text("# something else\n")

    assert not only_tiny.is_installed(empty_home)


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ("# nothing\n", "surprise is 1.0 .not in the lock."),
        ("absent==2.0 \\\n", "absent is missing"),
    ],
)
def test_an_environment_that_drifted_is_told(
    only_tiny, empty_home, lock, message, monkeypatch
):
    install(empty_home, only_tiny, report=_nobody)
    only_tiny.lock.write_text(lock)
    prefix = only_tiny.prefix(empty_home)
    changed = Release(only_tiny.name, only_tiny.folder)
    (prefix / released_kernels.MARK).write_text(json.dumps(changed.mark()))
    _add_package(prefix, "surprise", "1.0")
    monkeypatch.setattr(released_kernels, "releases", lambda: [changed])

    with pytest.raises(IntegrityError, match=message):
        released_kernels.verify(empty_home, only_tiny.name)


NAMELESS = "does not say its name"
PUT_THERE = {
    "odd.egg-info": ("Name: odd\nVersion: 2", "odd is 2 .not in the lock."),
    "old.egg-info/PKG-INFO": ("Name: old\nVersion: 2", "old is 2 .not in the lock."),
    "odd-1.dist-info/METADATA": ("Version: 2", NAMELESS),
    "odd-2.dist-info/METADATA": ("Name: odd\nVersion:\n", NAMELESS),
    "odd-3.dist-info/RECORD": ("", NAMELESS),
}


def test_a_package_is_told_however_it_was_put_there(only_tiny, empty_home):
    install(empty_home, only_tiny, report=_nobody)
    (site,) = only_tiny.prefix(empty_home).glob("lib/python3*/site-packages")
    for file, (content, message) in PUT_THERE.items():
        (site / file).parent.mkdir(exist_ok=True)
        (site / file).write_text(content)

        with pytest.raises(IntegrityError, match=message):
            released_kernels.verify(empty_home, only_tiny.name)
        (site / file).unlink()
        if (site / file).parent != site:
            (site / file).parent.rmdir()


def test_a_failed_installation_says_why_and_leaves_no_kernel(only_tiny, empty_home):
    only_tiny.lock.write_text("no-such-package-anywhere==1.0\n")  # and without a hash

    with pytest.raises(HostError, match="could not install the kernel"):
        install(empty_home, only_tiny, report=_nobody)

    assert not only_tiny.is_installed(empty_home)


def test_a_python_that_is_missing_is_named(only_tiny, empty_home):
    document = json.loads((only_tiny.folder / "kernel.json").read_text())
    document["metadata"]["enclave"]["python"] = "3.1"
    (only_tiny.folder / "kernel.json").write_text(json.dumps(document))

    with pytest.raises(HostError, match=r"apt-get install python3\.1 "):
        install(empty_home, Release(only_tiny.name, only_tiny.folder), report=_nobody)


def test_without_uv_the_standard_tools_do(only_tiny, empty_home, monkeypatch):
    monkeypatch.setattr(kernel_installation, "uv", lambda: None)

    assert install(empty_home, only_tiny, report=_nobody) is True
    assert (only_tiny.prefix(empty_home) / "bin" / "pip").exists()


# --- The commands ---------------------------------------------------------------------


def test_commands_install_list_and_verify(only_tiny, empty_home):
    def call(*arguments: str):
        return CliRunner().invoke(enclave, ["kernels", *arguments], obj=empty_home)

    assert json.loads(call("list", "--json").output)[0]["installed"] is False
    assert "Installed tiny-2026.11" in call("install").output
    assert "Already installed" in call("install", only_tiny.name).output
    assert json.loads(call("list", "--json").output)[0]["installed"] is True
    assert "0 packages, all as released" in call("verify").output
    shutil.rmtree(only_tiny.prefix(empty_home))
    assert "tiny-2026.11: not installed" in call("verify").output
    refused = call("verify", only_tiny.name)
    assert (refused.exit_code, refused.output[:7]) == (4, "Error: ")


def _nobody(_: str) -> None:
    pass


def _add_package(prefix: Path, name: str, version: str) -> None:
    (site,) = prefix.glob("lib/python3*/site-packages")
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
