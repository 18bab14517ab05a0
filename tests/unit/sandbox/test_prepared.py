"""What can be seen of a sandbox from outside before and while it is built."""

import fcntl
import os
from pathlib import Path

import pytest

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import prepare
from tests.builders.sandbox import a_sandbox


SECRET = "Yaj1eeThe0quah"  # noqa: S105 - nobody's


@pytest.fixture
def prepared():
    prepared = prepare(a_sandbox(["/bin/true"], environment={"TOKEN": SECRET}))
    yield prepared
    prepared.close()


def test_nothing_secret_stands_on_the_command_line(prepared):
    assert SECRET not in " ".join(prepared.argv)
    assert "TOKEN" not in " ".join(prepared.argv)


def test_the_outer_environment_is_empty(prepared):
    assert prepared.env == {}


def test_the_secret_travels_by_descriptor(prepared):
    read = [os.pread(fd, 1 << 20, 0) for fd in prepared.pass_fds if _is_file(fd)]

    assert any(SECRET.encode() in content for content in read)


def test_nobody_can_change_what_travels_by_descriptor(prepared):
    """The account that it is handed to could open it, through ``/proc``."""
    for handed in filter(_is_file, prepared.pass_fds):
        anew = os.open(f"/proc/self/fd/{handed}", os.O_RDWR)
        for change in (
            lambda anew=anew: os.pwrite(anew, b"x", 0),
            lambda anew=anew: os.pwrite(anew, b"x", 1 << 20),
            lambda anew=anew: os.ftruncate(anew, 0),
            lambda anew=anew: fcntl.fcntl(anew, fcntl.F_ADD_SEALS, 0),
        ):
            with pytest.raises(PermissionError):
                change()
        os.close(anew)


def test_giving_up_closes_every_descriptor(prepared):
    opened = [*prepared.pass_fds, prepared.status]

    prepared.close()

    assert not any(_is_open(fd) for fd in opened)


def test_a_failed_preparation_leaves_no_descriptor_open():
    before = _open_descriptors()

    with pytest.raises(ValueError, match="NUL"):
        prepare(a_sandbox(["/bin/true"], environment={"A": "\0"}))

    assert _open_descriptors() == before


def test_a_builder_that_says_nothing_has_failed(prepared):
    os.close(prepared.handed.pop(0))  # the end that bubblewrap would have written to

    with pytest.raises(HostError, match="isolation-report"):
        prepared.first(os.getpid())


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _is_file(fd: int) -> bool:
    return "memfd:" in str(Path(f"/proc/self/fd/{fd}").readlink())


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
