"""Each bound of a conversion's sandbox, reached by who took its program over."""

from dataclasses import replace

import pytest

from enclave.airlock.conversion.room import convert
from enclave.errors import HostError
from enclave.sandbox.running import StoppedError
from tests.builders.taken_over import RAW, SMALL, STUCK, refused, taken_over


pytestmark = pytest.mark.sandbox


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "upload").write_bytes(RAW)
    return tmp_path


# Each says by an exit code of its own that it came to its bound, and to no other.
BOUND = 41
EXCESSES = {
    "memory": ("x = [bytearray(1 << 20) for _ in range(4096)]", "MemoryError"),
    "memory that is shared": (
        "import mmap; mmap.mmap(-1, 8 << 30)", "OSError:ENOMEM",
    ),
    "disk": ("while True: write(rows * 10_000)", "OSError:EFBIG"),
    "processes": (
        "while os.fork() or time.sleep(600): pass", "BlockingIOError:EAGAIN",
    ),
    "files in memory": ("open('/tmp/x', 'wb').write(bytes(1 << 28))", "OSError:ENOSPC"),
}  # fmt: skip
CATCHING = """
import errno
try:
    exec(CODE)
except Exception as error:
    number = errno.errorcode.get(getattr(error, "errno", None), "")
    if f"{type(error).__name__}:{number}".rstrip(":") == EXPECTED:
        os._exit(BOUND)
    raise
"""


@pytest.mark.parametrize("excess", EXCESSES)
def test_each_bound_stops_what_uses_too_much(folder, excess):
    code, expected = EXCESSES[excess]
    known = f"CODE, EXPECTED, BOUND = {code!r}, {expected!r}, {BOUND}\n"

    with pytest.raises(HostError, match=f"ended with {BOUND}"):
        taken_over(folder, known + CATCHING, replace(SMALL, file_bytes=300 << 20))

    assert [one.name for one in folder.iterdir()] == ["upload"]


# With one bound each, so that it is that one.
FATAL = {
    "time": ("time.sleep(600)", {"wall_seconds": 2.0, "cpu_seconds": None}),
    "processor time": ("while True: pass", {"wall_seconds": None, "cpu_seconds": 1}),
    "a fault": ("import ctypes; ctypes.string_at(0)", {"wall_seconds": None}),
}


@pytest.mark.parametrize("end", FATAL)
def test_what_is_killed_is_refused(folder, end):
    code, limits = FATAL[end]

    with refused(folder, "with the memory and the time"):
        taken_over(folder, code, replace(SMALL, **limits))


def test_what_is_not_wanted_any_more_is_ended_and_leaves_nothing(folder):
    with pytest.raises(StoppedError):
        convert(folder / "upload", folder / "x", program=STUCK, stop=lambda: True)

    assert [one.name for one in folder.iterdir()] == ["upload"]
