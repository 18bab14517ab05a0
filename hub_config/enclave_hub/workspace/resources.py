"""What the kernels of a workspace use, for its status bar."""

import os

import psutil
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from enclave.sandbox.kernel_sandbox import KernelSandbox


class ResourceUse(JupyterHandler):
    """Answer ``/enclave/use``: memory and processor of all kernels.

    Asked every few seconds by a page that nobody may be looking at: it does not count
    as activity.
    """

    # One object for each process, since processor time is counted between two looks.
    _seen: dict[int, psutil.Process] = {}  # noqa: RUF012 - shared on purpose

    @web.authenticated
    def get(self) -> None:
        """Say what is used, in bytes and per cent of one processor."""
        memory = [0]
        processor = 0.0
        for process in self._processes():
            try:
                memory.append(process.memory_info().rss)
                processor += process.cpu_percent()
            except psutil.Error:  # it has just ended
                continue
        self.finish(
            {
                "memory": sum(memory),
                "largest": max(memory),
                "limit": self._limit(),
                "processor": processor,
            }
        )

    def _processes(self) -> list[psutil.Process]:
        found = psutil.Process().children(recursive=True)
        kept = {one.pid: self._seen.get(one.pid, one) for one in found}
        self._seen.clear()
        self._seen.update(kept)
        return list(kept.values())

    def _limit(self) -> int:
        """Return what one process may use at most."""
        asked = KernelSandbox.from_environment(os.environ).limits.memory_bytes
        whole = psutil.virtual_memory().total
        return whole if asked is None else min(asked, whole)
