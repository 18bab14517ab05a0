"""A kernel is looked after by a thread that was there before it did anything.

It shares an account with whoever looks after it: where it forks until it may not, no
thread can be started any more. A hostile notebook that does so is in tests/security.
"""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec

from enclave_kernels.provisioner import SandboxedProvisioner
from enclave_kernels.readings import Readings


class Kernel(SandboxedProvisioner):
    """A provisioner whose kernel, a process that sleeps, was started already."""

    def runs(self, process: subprocess.Popen[bytes], readings: Path) -> None:
        self.process = process
        self._init = os.pidfd_open(process.pid)
        self._readings = Readings(readings)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/usr/bin/sleep", "3600"]) as process:
        yield process
        process.kill()


@pytest.fixture
def kernel(sleeper, tmp_path) -> Kernel:
    provisioner = Kernel(kernel_id="k", kernel_spec=KernelSpec())
    provisioner.runs(sleeper, tmp_path)
    return provisioner


@pytest.fixture
def no_more_threads(monkeypatch):
    """Refuse threads as Linux does to an account that has as many as it may."""

    def refuse() -> None:
        def start(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", start)

    return refuse


def test_a_kernel_that_takes_all_processes_is_looked_at_and_ended(
    kernel, sleeper, no_more_threads
):
    async def looked_after() -> None:
        await kernel._aside(int)  # as every start does
        no_more_threads()
        assert await kernel.poll() is None
        await kernel.send_signal(signal.SIGKILL)
        await kernel.cleanup()

    asyncio.run(looked_after())

    assert sleeper.poll() is not None  # reaped with its sandbox, so by no code
    assert kernel._hand is None


def test_one_thread_does_it_all(kernel):
    async def threads() -> set[int]:
        done = [await kernel._aside(threading.get_ident) for _ in range(5)]
        await kernel.kill()
        await kernel.cleanup()
        return {*done}

    idents = asyncio.run(threads())

    assert len(idents) == 1
    assert idents != {threading.get_ident()}


def test_without_that_thread_nobody_could_end_it(kernel, no_more_threads):
    """What is prevented is there to be prevented."""
    no_more_threads()
    with pytest.raises(RuntimeError, match="can't start new thread"):
        asyncio.run(kernel.send_signal(signal.SIGKILL))
    os.close(kernel._init)
