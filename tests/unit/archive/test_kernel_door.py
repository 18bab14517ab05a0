"""What a run may say on the door where it asks for its kernel: anything."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import pytest

from enclave.archive.kernel_door import KernelDoor
from enclave.errors import HostError
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent, LeftBehindError
from enclave.sandbox.forking import ASKED, ENTERED
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.running import held_open
from enclave.sandbox.warm_parent import Fork
from tests.builders.dask_cluster import wait_for
from tests.builders.sandbox import a_sandbox


pytestmark = pytest.mark.sandbox

KERNEL = a_sandbox(["/bin/true"])
TOLD = {"connection": "/run/kernel/key/c.json"}


class Kernels(ClosedParent):
    """The place of a parent: it writes down what it is asked for, and gives nothing."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    @contextmanager
    def builder(self, description) -> Iterator[Any]:
        yield description

    @contextmanager
    def sandbox(self, files: int, builder: Any) -> Iterator[SimpleNamespace]:
        assert os.fstat(files)
        assert builder == KERNEL
        yield SimpleNamespace(handle=-1)

    def fork(self, _sandbox: int, kernel: Any, told: Any, **_more: Any) -> Fork:
        self.asked.append((kernel, told))
        raise HostError("There is none.")


@pytest.fixture(scope="module")
def run() -> Iterator[SandboxProcess]:
    stands = held_open(a_sandbox(["/bin/true"]))
    with launch(stands, given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox


@pytest.mark.parametrize(
    "said", [b"[1]", b"\xff", ASKED[:-1], ASKED + b" more", ASKED * 4000]
)
def test_nonsense_leaves_the_door_open_and_no_descriptor(said, run):
    kernels = Kernels()
    before = _open_descriptors()
    door = KernelDoor(kernels, KERNEL)
    door.stands(run)

    with (
        pytest.raises(HostError, match="There is none"),
        door.open() as end,
        socket.socket(fileno=os.dup(end)) as place,
    ):
        for message in (said, ASKED):
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with here:
                socket.send_fds(place, [message], [there.fileno()])
                there.close()
                assert here.recv(16) == b""  # it hears at once that there is none

    assert kernels.asked == [(KERNEL, TOLD)]
    assert _open_descriptors() == before


def test_a_message_without_its_descriptor_is_passed_over(run):
    door = KernelDoor(Kernels(), KERNEL)
    door.stands(run)
    with door.open() as end, socket.socket(fileno=os.dup(end)) as place:
        place.send(ASKED)
    assert door.kernels.asked == []


@pytest.mark.parametrize("kind", ["pipe", "internet"])
def test_nothing_but_a_socket_of_this_machine_is_written_to(kind, run):
    door = KernelDoor(Kernels(), KERNEL)
    door.stands(run)
    read, write = os.pipe()
    with (
        os.fdopen(read),
        os.fdopen(write) as pipe,
        socket.socket(socket.AF_INET) as internet,
        door.open() as end,
        socket.socket(fileno=os.dup(end)) as place,
    ):
        given = {"pipe": pipe, "internet": internet}[kind]
        socket.send_fds(place, [ASKED], [given.fileno()])
    assert door.kernels.asked == []


def test_a_run_has_one_kernel(run):
    class Ended(Kernels):
        def fork(self, *_said: Any, **_more: Any) -> Fork:
            self.asked.append("one")
            ended, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ended:
                ended.send(b"0")
            return Fork(ours)

    door = KernelDoor(Ended(), KERNEL)
    door.stands(run)
    with door.open() as end, socket.socket(fileno=os.dup(end)) as place:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with here:
            socket.send_fds(place, [ASKED], [there.fileno()])
            there.close()
            assert [here.recv(16) for _ in range(3)] == [ENTERED, b"0", b""]
        with pytest.raises(ConnectionError):
            wait_for(lambda: not place.send(b"another"))
    assert door.kernels.asked == ["one"]


class Endless(Kernels):
    """Kernels that go on and on; they write down that they were ended."""

    def fork(self, *_said: Any, **_more: Any) -> Fork:
        self.asked.append("one")
        self.kept, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return Fork(ours)


def test_a_run_that_has_ended_keeps_nobody_waiting():
    """What it sent and nobody took yet holds the other end of its kernel open."""
    kernels = Endless()
    door = KernelDoor(kernels, KERNEL)
    stands = held_open(a_sandbox(["/bin/true"]))
    with launch(stands, given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        door.stands(sandbox)
        with door.open() as end, socket.socket(fileno=os.dup(end)) as place:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with here, there:
                there.setblocking(False)  # noqa: FBT003 - takes no keyword
                with suppress(BlockingIOError):
                    while True:  # and it hears nothing
                        there.send(b"-")
                socket.send_fds(place, [ASKED], [there.fileno()])
                for held in (here, place):
                    socket.send_fds(place, [b"later"], [held.fileno()])
            wait_for(lambda: kernels.asked)
            sandbox.kill()
    kernels.kept.close()


def test_a_run_that_never_stood_keeps_nobody_waiting():
    with KernelDoor(Kernels(), KERNEL).open():
        pass


@pytest.mark.parametrize(
    "error",
    [
        LeftBehindError("It left something behind."),
        FileNotFoundError("a thread that has ended"),
        BrokenPipeError("of a control group"),
        RuntimeError("whatever it is"),
    ],
)
def test_a_run_fails_whose_parent_was_not_seen_alone(run, error):
    class Leaving(Kernels):
        @contextmanager
        def sandbox(self, files, builder):
            with suppress(HostError), super().sandbox(files, builder) as sandbox:
                yield sandbox
            raise error

    door = KernelDoor(Leaving(), KERNEL)
    door.stands(run)
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        here,
        there,
        pytest.raises(HostError, match=r"something behind|counts for nothing") as told,
        door.open() as end,
        socket.socket(fileno=os.dup(end)) as place,
    ):
        socket.send_fds(place, [ASKED], [there.fileno()])
    assert error in {told.value, told.value.__cause__}


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
