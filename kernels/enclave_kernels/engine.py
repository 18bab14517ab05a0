"""Execute a notebook as papermill does, and say honestly how it ended.

papermill's own engine marks every cell ``completed`` after a time-out or the death of
the kernel, also those that never ran, and has no time limit for the whole run. This one
sits on nbclient's hooks, stops at the first failure, leaves what was not run
``pending``, and classifies the cause.

It is registered with papermill under the name ``enclave``.
"""

import asyncio
import atexit
import signal
from contextlib import suppress
from queue import Empty
from time import monotonic
from typing import Any

import nbformat
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from enclave.archive.run_record import Cause, Failure, Status
from enclave.clock import now
from enclave_kernels.provisioner import SandboxedProvisioner
from enclave_kernels.run_log import CellCourse, RunLog, TimeLimits, cause_of
from enclave_kernels.streams import coalesced


LARGEST_OUTPUT_BYTES = 64_000_000


class EnclaveEngine:
    """papermill's engine of the enclave.

    Not derived from papermill's class of engines, for papermill loads every engine
    while it is imported itself: whoever imported this module first would get neither.
    """

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: str | None = None, **kwargs: Any
    ) -> Any:
        """Execute a notebook; its metadata then say how it ended, in papermill's terms.

        Parameters
        ----------
        nb
            The notebook. It is filled in place.
        kernel_name
            Name of an installed kernelspec.
        output_path
            Where the executed notebook is written, however the run ends.
        **kwargs
            ``limits`` (:class:`TimeLimits`), ``log`` (:class:`RunLog`, to be filled)
            and ``cwd`` (of the kernel); or what papermill gives: ``execution_timeout``
            and ``start_timeout``. What else papermill gives is about its display.

        Returns
        -------
        NotebookNode
            ``nb`` itself.

        Raises
        ------
        RuntimeError
            If the kernel never ran and no log was given to say so.
        """
        limits = kwargs.get("limits") or TimeLimits(
            cell=kwargs.get("execution_timeout"), start=kwargs.get("start_timeout", 60)
        )
        log = kwargs.get("log")
        execution = _Execution(nb, log or RunLog(), limits, kernel_name)
        try:
            failure = asyncio.run(execution.run(cwd=kwargs.get("cwd")))
        finally:
            execution.write_down()
            if output_path is not None:
                nbformat.write(nb, output_path)  # type: ignore[no-untyped-call] # has no types
        if log is None and failure is not None and failure.cell is None:
            raise RuntimeError("The kernel did not start.")
        return nb

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the kernel to use: the one asked for, or the notebook's own."""
        return name or str(nb.metadata.kernelspec.name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language that papermill writes parameters in."""
        return language or str(nb.metadata.kernelspec.language)


class _KernelClient(AsyncKernelClient):
    """A client that does not listen for a heartbeat, and does not wait for nothing.

    Whether a kernel lives is seen by its process. The thread that listens never ends
    after user code has garbled the heartbeat's socket, and would keep the run from
    telling how it went.
    """

    def start_channels(self, **channels: bool) -> None:  # type: ignore[override] # by name
        super().start_channels(**{**channels, "hb": False})

    async def wait_for_ready(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - Jupyter's
    ) -> None:
        """Return when the kernel answers, and what it shows is heard.

        jupyter_client then listens for 0.2 seconds whether more comes. The kernel says
        itself when it has done what it was asked.
        """
        try:
            async with asyncio.timeout(timeout):
                while not await self._is_heard():
                    if not await self._async_is_alive():
                        raise RuntimeError("The kernel died before it answered.")
        except TimeoutError as error:
            raise RuntimeError("The kernel did not answer.") from error

    async def _is_heard(self) -> bool:
        asked = self.kernel_info()
        try:
            reply = await self.get_shell_msg(timeout=1)
            while reply["parent_header"].get("msg_id") != asked:
                reply = await self.get_shell_msg(timeout=1)
            while True:
                shown = await self.get_iopub_msg(timeout=0.2)
                if (
                    shown["parent_header"].get("msg_id") == asked
                    and shown["content"].get("execution_state") == "idle"
                ):
                    self._handle_kernel_info_reply(reply)
                    return True
        except Empty:  # nobody answers yet, or what is shown is not heard yet
            return False


class _KernelManager(AsyncKernelManager):
    """The manager of a run's kernel, which hears at once that it has ended."""

    client_factory = _KernelClient

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        while await self._async_is_alive():
            if isinstance(self.provisioner, SandboxedProvisioner):
                await self.provisioner.until_it_ends(pollinterval)
            else:
                await asyncio.sleep(pollinterval)


class _TooMuchOutputError(Exception):
    """A notebook printed more than anybody could read or keep."""


class _Client(NotebookClient):
    """nbclient, with an end to how much a notebook may print."""

    _output_bytes = 0

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        content = msg["content"]
        self._count(content.get("text", ""), *content.get("data", {}).values())
        return super().output(outs, msg, display_id, cell_index)

    def handle_comm_msg(self, outs: Any, msg: Any, cell_index: int) -> None:
        self._count(msg["content"].get("data", {}))
        super().handle_comm_msg(outs, msg, cell_index)

    def _count(self, *parts: Any) -> None:
        self._output_bytes += sum(len(str(part)) for part in parts)
        if self._output_bytes > LARGEST_OUTPUT_BYTES:
            raise _TooMuchOutputError


class _Execution:
    """One execution: nbclient's hooks on one side, log and notebook on the other."""

    def __init__(
        self, nb: Any, log: RunLog, limits: TimeLimits, kernel_name: str
    ) -> None:
        self._nb = nb
        self._log = log
        self._limits = limits
        self._began = now()
        self._deadline = None if limits.run is None else monotonic() + limits.run
        self._cancelled = False
        _forget_outputs(nb)
        self._client = _Client(
            nb,
            kernel_name=kernel_name,
            kernel_manager_class=_KernelManager,
            startup_timeout=int(limits.start),
            timeout_func=self._seconds_left,
            # What widgets show is compared; without it there is only a random id.
            store_widget_state=True,
            # Nothing is skipped: a skipped cell would keep what it came with.
            skip_cells_with_tag="",
            record_timing=False,
            on_notebook_start=self._kernel_started,
            on_cell_execute=self._cell_started,
            on_cell_executed=self._cell_executed,
        )
        log.cells[:] = [
            CellCourse(index)
            for index, cell in enumerate(nb.cells)
            if cell.cell_type == "code" and cell.source.strip()
        ]

    async def run(self, cwd: str | None) -> Failure | None:
        """Run to the end or to the first failure, and return that."""
        try:
            await self._client.async_execute(cwd=cwd)
        except CellExecutionError as error:
            self._log.fail(cause_of(error.ename, error.evalue))
        except CellTimeoutError:
            self._log.fail(Cause.TIMEOUT)
        except _TooMuchOutputError:
            self._log.fail(Cause.ERROR, "TooMuchOutput")
        except (asyncio.CancelledError, RuntimeError):
            # nbclient raises RuntimeErrors for all that befalls a kernel.
            self._log.fail(Cause.CANCELLED if self._cancelled else Cause.DEAD_KERNEL)
        finally:
            # nbclient forgets to, where the kernel did not start.
            atexit.unregister(self._client._cleanup_kernel)  # noqa: SLF001 - as it says
        return self._log.failure

    def write_down(self) -> None:
        """Put the outcome into the notebook's metadata, under papermill's keys."""
        ended = now()
        self._nb.metadata.setdefault("papermill", {}).update(
            start_time=self._began.isoformat(),
            end_time=ended.isoformat(),
            duration=(ended - self._began).total_seconds(),
            exception=self._log.failure is not None,
        )
        for cell in self._nb.cells:
            cell.metadata["papermill"] = {"status": None, "exception": None}
        for course in self._log.cells:
            self._nb.cells[course.index].metadata["papermill"] = {
                "status": str(course.status),
                "duration": course.seconds,
                "exception": course.status is Status.FAILED,
            }

    def _kernel_started(self, **_: Any) -> None:
        # After nbclient has set its own handler, which would look like a dead kernel.
        # Only the main thread may.
        with suppress(RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGTERM, self._cancel, asyncio.current_task()
            )

    def _cancel(self, task: "asyncio.Task[Any] | None") -> None:
        self._cancelled = True
        if task is not None:
            task.cancel()

    def _seconds_left(self, _: Any) -> float | None:
        """Return how long the next cell may take.

        nbclient reads 0 as "no limit", so a run that is out of time leaves a moment.
        """
        left = [] if self._limits.cell is None else [self._limits.cell]
        if self._deadline is not None:
            left.append(self._deadline - monotonic())
        return max(min(left), 0.001) if left else None

    def _cell_started(self, *, cell_index: int, **_: Any) -> None:
        self._log.start(cell_index)

    def _cell_executed(
        self, *, cell: Any, cell_index: int, execute_reply: Any, **_: Any
    ) -> None:
        cell.outputs = coalesced(cell.outputs)
        reply = execute_reply["content"]
        raised = reply.get("ename", "Error") if reply["status"] == "error" else None
        allowed = raised is None or "raises-exception" in _tags(cell)
        status = Status.COMPLETED if allowed else Status.FAILED
        self._log.end(cell_index, status, raised)


def _forget_outputs(nb: Any) -> None:
    """Take out what a notebook came with: only what a run computes may be in its copy.

    nbclient leaves cells without code as they are, outputs and all.
    """
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))
