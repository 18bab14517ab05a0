"""What a run may say on the door where it asks for its kernel: anything."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import pytest

from enclave.archive.kernel_door import KernelDoor
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Mount
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.running import held_open
from tests.builders.sandbox import a_sandbox


pytestmark = pytest.mark.sandbox

SENSE = {"connection": "here", "mounts": [Mount(Path("/a"), Path("/b")).write()]}
LINK = Mount(Path("/etc/shadow"), Path("/b"), as_link=True).write()
TWICE = [Mount(Path("/a"), Path("/b")).write()] * 2


class Kernels(ClosedParent):
    """The place of a parent: it writes down what it is asked for, and gives nothing."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    @contextmanager
    def sandbox(self, files: int, description) -> Iterator[SimpleNamespace]:
        assert os.fstat(files)
        self.asked.append(description)
        yield SimpleNamespace(handle=-1)

    def fork(self, *said: Any, **_more: Any) -> None:
        self.asked.append(said[-1])
        raise OverflowError


@pytest.fixture(scope="module")
def run() -> Iterator[SandboxProcess]:
    stands = held_open(a_sandbox(["/bin/true"]))
    with launch(stands, given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox


@pytest.mark.parametrize(
    "said",
    [
        *(b"[" * 4000, b"[1]", b"\xff", b"1", b"{}", b'{"connection": {}}'),
        json.dumps({**SENSE, "mounts": [LINK]}).encode(),
        json.dumps({**SENSE, "mounts": TWICE}).encode(),
        json.dumps({**SENSE, "mounts": [{"source": "/a", "target": "b"}]}).encode(),
    ],
)
def test_nonsense_leaves_the_door_open_and_no_descriptor(said, run):
    kernels = Kernels()
    before = _open_descriptors()
    door = KernelDoor(kernels, a_sandbox(["/bin/true"]))
    door.stands(run)

    with door.open() as end, socket.socket(fileno=os.dup(end)) as place:
        for message in (said, json.dumps(SENSE).encode()):
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with here:
                socket.send_fds(place, [message], [there.fileno()])
                there.close()
                assert here.recv(16) == b""  # it hears at once that there is none

    described, told = kernels.asked
    assert told == {"connection": "here"}
    assert described.mounts == (Mount(Path("/a"), Path("/b")),)
    assert _open_descriptors() == before


def test_a_message_without_its_descriptor_is_passed_over(run):
    door = KernelDoor(Kernels(), a_sandbox(["/bin/true"]))
    door.stands(run)
    with door.open() as end, socket.socket(fileno=os.dup(end)) as place:
        place.send(json.dumps(SENSE).encode())
    assert door.kernels.asked == []


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
