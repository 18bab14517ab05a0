"""Start each kernel in a sandbox of its own, inside that of its Jupyter server.

In one sandbox with the server, user code could open the server's memory, take its
listening socket and its token, and so *become* the server. Here it can see neither: the
kernel has a process namespace of its own, only the folders that
:class:`enclave.sandbox.kernel_sandbox.KernelSandbox` names, no variable of the server,
and talks to it over Unix sockets in a private folder.

Selected by a kernelspec's ``metadata.kernel_provisioner.provisioner_name``:
``enclave-sandbox``. The kernelspec needs ``"interrupt_mode": "message"``, for a signal
would reach bubblewrap only.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any, NamedTuple, Self, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from enclave.errors import HostError
from enclave.sandbox import kernel_places
from enclave.sandbox.bubblewrap import prepare
from enclave.sandbox.description import Mount, SandboxDescription
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.prepared import Prepared, UntrueError, end_group
from enclave.sandbox.process import kill_by
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime
from enclave_kernels.forked_process import DOOR, ForkedKernel
from enclave_kernels.readings import Readings
from enclave_kernels.start_record import VARIABLE, record_start


_ENDINGS = {signal.SIGTERM, signal.SIGKILL}


class SandboxedProvisioner(LocalProvisioner):
    """A kernel provisioner that knows no unsandboxed kernel."""

    _places: "_Places | None" = None
    _readings: Readings | None = None
    _prepared: Prepared | None = None
    _init: int | None = None
    _forked: ForkedKernel | None = None
    _hand: ThreadPoolExecutor | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the sockets, then wrap the kernel's command into a sandbox."""
        manager: Any = self.parent
        if self._places is None:
            # Found again on a restart: the client keeps its connection.
            self._places = places = _Places.chosen()
            self._readings = Readings(places.logs)
            manager.transport = "ipc"
            manager.ip = str(places.sockets / "s")
            manager.connection_file = str(places.connection)
        launch = await super().pre_launch(**kwargs)
        await self._record()
        if DOOR in os.environ:
            return launch
        sandbox = KernelSandbox.from_environment(os.environ)
        self._prepared = prepare(self._description(sandbox, launch))
        return {
            **launch,
            "cmd": self._prepared.argv,
            "env": dict(self._prepared.env),
            "pass_fds": self._prepared.pass_fds,
            "cwd": "/",
            # What a kernel prints past Jupyter could be anybody's data.
            "stdout": DEVNULL,
            "stderr": DEVNULL,
        }

    async def _record(self) -> None:
        """Have the start written down, where somebody is there to do so."""
        recorder = os.environ.get(VARIABLE)
        if recorder:
            name = Path(self.kernel_spec.resource_dir).name
            await self._aside(record_start, Path(recorder), name)

    async def launch_kernel(
        self, cmd: list[str], **kwargs: Any
    ) -> KernelConnectionInfo:
        """Start it, and note the first process of its sandbox."""
        connection: KernelConnectionInfo
        if DOOR in os.environ:
            connection = await self._aside(self._have_one_forked)
            return connection
        if self._prepared is None:
            raise HostError("A kernel is started only after its sandbox is laid out.")
        try:
            connection = await super().launch_kernel(cmd, **kwargs)
            monitor = cast("Popen[bytes]", self.process).pid
            try:
                first = await self._aside(self._prepared.first, monitor)
            except UntrueError:
                end_group(monitor)  # here, where it is waited for
                raise
            self._init = first.handle if first.handle >= 0 else None
        except BaseException:
            self._prepared.close()
            raise
        return connection

    async def poll(self) -> int | None:
        """Tell whether it runs, and pass on what it has read of the data."""
        await self._pass_on_readings()
        ended: int | None = await super().poll()
        return ended

    async def until_it_ends(self, at_most: float) -> None:
        """Return when it seems to have ended, or after so many seconds."""
        handle = self._init if self._forked is None else self._forked.fileno()
        if handle is None:
            await asyncio.sleep(at_most / 10)
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), at_most)
        finally:
            loop.remove_reader(handle)

    def _have_one_forked(self) -> KernelConnectionInfo:
        """Have a kernel forked outside, in a sandbox that is built there as well."""
        manager: Any = self.parent
        self._forked = kernel = ForkedKernel(int(os.environ[DOOR]))
        self.process = cast("Popen[bytes]", kernel)
        kernel.wait_for([Path(f"{manager.ip}-{port}") for port in manager.ports])
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """End the kernel's whole sandbox; no other signal could reach the kernel."""
        if signum in _ENDINGS and self._init is not None:
            await self._aside(kill_by, self._init)
        if signum in _ENDINGS and self._forked is not None:
            self._forked.end()

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - Jupyter's
        """End every process of the kernel."""
        del restart
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - ditto
        """End every process of the kernel, which was asked to end before."""
        del restart
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - ditto
        """Clear away what a kernel leaves; the sockets stay for one that restarts."""
        await super().cleanup(restart)
        await self.send_signal(signal.SIGKILL)
        self._let_go()
        await self._pass_on_readings()
        if self._forked is not None:
            await self._aside(self._forked.wait)
        if self._prepared is not None:
            self._prepared.close()
            self._prepared = None
        if self._places is not None and not restart:
            self._places.clear()
            self._places = self._readings = None
        if self._hand is not None:
            self._hand.shutdown(wait=False)
            self._hand = None

    async def _aside(self, work: Callable[..., Any], *given: Any) -> Any:
        """Do what blocks in a thread that was there before the kernel did anything.

        The two share an account: a kernel that forks until it may not would keep us
        from a thread, and so from looking after it and from ending it.
        """
        if self._hand is None:
            self._hand = ThreadPoolExecutor(max_workers=1)
        return await asyncio.get_running_loop().run_in_executor(
            self._hand, work, *given
        )

    async def _pass_on_readings(self) -> None:
        if self._readings is not None:
            await self._aside(self._readings.pass_on)

    def _let_go(self) -> None:
        """Reap the first process of the sandbox.

        A Jupyter server is the first process of its own sandbox, and so inherits a
        kernel's when bubblewrap ends before it.
        """
        if self._init is not None:
            with suppress(ChildProcessError):
                os.waitid(os.P_PIDFD, self._init, os.WEXITED | os.WNOHANG)
            os.close(self._init)
            self._init = None

    def _description(
        self, sandbox: KernelSandbox, launch: dict[str, Any]
    ) -> SandboxDescription:
        command: list[str] = launch["cmd"]
        program = Path(command[0])
        environment = sandbox.seen_by(program, self.kernel_spec.env)
        home = Path(environment["HOME"])
        root = self._root()
        software = [Mount(root, root)] if root else _software(program)
        places = self._places.mounts() if self._places else ()
        mounts = [*software, *sandbox.mounts, *places]
        if home not in {mount.target for mount in mounts}:
            mounts.append(Mount(None, home, writable=True))
        asked = Path(launch.get("cwd") or home)
        seen = any(asked.is_relative_to(mount.target) for mount in sandbox.mounts)
        return SandboxDescription(
            command,
            mounts=tuple(mounts),
            environment=environment,
            workdir=asked if seen else home,
            limits=sandbox.limits,
            die_with_parent=True,
            reaper=True,
            root=root,
        )

    def _root(self) -> Path | None:
        """Return the root of the Linux system that the kernel brings, if it does."""
        said = self.kernel_spec.metadata.get("enclave", {}).get("root")
        return Path(said) if said else None


class _Places(NamedTuple):
    """Where we meet a kernel."""

    connection: Path
    sockets: Path
    logs: Path

    @classmethod
    def chosen(cls) -> Self:
        """Return folders that are this kernel's alone; a run has one kernel."""
        if kernel_places.VARIABLE in os.environ:
            places = kernel_places
            return cls(places.CONNECTION, places.SOCKETS, places.LOGS)
        folder = Path(tempfile.mkdtemp(prefix="k-"))
        return cls(folder / "c.json", folder, Path(tempfile.mkdtemp(prefix="r-")))

    def mounts(self) -> tuple[Mount, ...]:
        """Return what the kernel sees of them: it makes its sockets, never a key."""
        if self.connection == kernel_places.CONNECTION:
            return kernel_places.of_kernel()
        return (
            Mount(self.sockets, self.sockets, writable=True),
            Mount(self.connection, self.connection),
            Mount(self.logs, kernel_places.READINGS, writable=True),
        )

    def clear(self) -> None:
        """Remove them; those of a run end with it."""
        if self.connection != kernel_places.CONNECTION:
            shutil.rmtree(self.sockets, ignore_errors=True)
            shutil.rmtree(self.logs, ignore_errors=True)


def _software(program: Path) -> tuple[Mount, ...]:
    """Return what it takes to run a kernel's program."""
    prefix = program.parent.parent
    if prefix == Path("/usr"):
        return ()
    if prefix.samefile(sys.prefix):
        return python_runtime()
    return environment_runtime(prefix)
