"""Kernels that are started before anybody asks for one.

Starting a sandbox and loading the libraries takes seconds, and a visitor would wait for
it. So a few kernels wait, each with everything loaded and nobody's token.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tornado import web

from enclave.errors import HostError


# Each takes about 100 MB. Two, for those who open two pages at once.
READY = 2
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 3.0

# What is raised about a kernel that died, or never came to life.
_NO_USE = (HostError, KeyError, OSError, RuntimeError, TimeoutError, web.HTTPError)


class ReadyKernels:
    """Some kernels that wait, and are replaced when they are taken.

    Parameters
    ----------
    start
        Starts a kernel and returns its id.
    manager
        Returns Jupyter's manager of the kernel of an id.
    forget
        Ends a kernel that is of no use.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[str]],
        manager: Callable[[str], Any],
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self._start = start
        self._manager = manager
        self._forget = forget
        self._waiting: list[asyncio.Task[str]] = []

    def fill(self) -> None:
        """Have as many kernels started as should wait."""
        while len(self._waiting) < READY:
            self._waiting.append(asyncio.ensure_future(self._prepare()))

    def holds(self, kernel: str) -> bool:
        """Whether a kernel still waits for a visitor."""
        return any(
            one.done()
            and not one.cancelled()
            and one.exception() is None
            and one.result() == kernel
            for one in self._waiting
        )

    async def take(self, environment: Mapping[str, str]) -> str:
        """Return a kernel that has been told these variables, and by nobody else.

        One that died while it waited is passed over.
        """
        for _ in range(READY + 1):  # the last one is new
            if not self._waiting:
                self.fill()
            prepared = self._waiting.pop(0)
            # Not now: it would take the processor from the page that is being made.
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.fill)
            kernel = None
            try:
                kernel = await prepared
                await self._say(kernel, f"os.environ.update({dict(environment)!r})")
            except _NO_USE:
                if kernel is not None:
                    await self._forget(kernel)
            else:
                return kernel
        raise HostError("No kernel of this dashboard answers. Try again in a moment.")

    async def _prepare(self) -> str:
        kernel = await self._start()
        # The libraries of this page, so that the notebook only has to call them.
        page = os.environ["JUPYTERHUB_SERVICE_NAME"]
        await self._say(kernel, f"import os\nimport enclave_widgets.{page}")
        return kernel

    async def _say(self, kernel: str, code: str) -> None:
        """Run code of ours in a kernel, before any page can reach it."""
        manager = self._manager(kernel)
        if not await manager.is_alive():
            raise HostError("This kernel has ended.")
        client = manager.client()
        client.start_channels(iopub=False, stdin=False, hb=False)
        try:
            reply = await client.execute(
                code,
                silent=True,
                store_history=False,
                reply=True,
                timeout=PATIENCE_SECONDS,
            )
        finally:
            client.stop_channels()
        if reply["content"]["status"] != "ok":
            raise HostError(f"A kernel refused: {reply['content'].get('ename')}.")
