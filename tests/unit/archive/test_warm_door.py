"""What a run may say on the door where it asks for its kernel: anything."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from enclave.archive.warm_start import WarmStart
from enclave.sandbox.warm_parent import WarmParent
from tests.builders.sandbox import a_sandbox


class Kernels(WarmParent):
    """The place of a parent: it writes down what it is asked for, and may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[Any] = []
        self._fails = fails

    def send(self, *said: Any, **_more: Any) -> None:
        self.asked.append(said[-1])
        if self._fails:
            raise OverflowError


@pytest.mark.parametrize(
    "said", [b"[" * 4000, b"[1]", b"\xff", b"1", b"{}", b'{"connection": {}}']
)
@pytest.mark.parametrize("fails", [False, True])
def test_nonsense_leaves_the_door_open_and_no_descriptor(said, fails):
    kernels = Kernels(fails=fails)
    before = _open_descriptors()

    with (
        WarmStart(kernels, kernels)._door(a_sandbox(["/bin/true"])) as door,
        socket.socket(fileno=os.dup(door)) as run,
    ):
        for message in (said, b'{"connection": "here"}'):
            read, write = os.pipe()
            socket.send_fds(run, [message], [read, write])
            os.close(read)
            os.close(write)

    assert kernels.asked[-1] == {"connection": "here"}
    assert _open_descriptors() == before


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
