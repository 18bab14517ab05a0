"""Kernels that are started before anybody asks for one.

Starting a sandbox, loading the libraries and making the page takes seconds, and a
visitor would wait for it. So a few kernels wait, each with its page made in nobody's
name.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado import web

from enclave.errors import HostError


# How many wait in each language. Each takes about 100 MB.
READY = 1
LANGUAGES = ("da", "en")
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 3.0

_BEFORE = """
import os
from enclave_widgets.visit import number_widgets, show_states
os.environ["ENCLAVE_LANGUAGE"] = {!r}
number_widgets()
"""

# What is raised about a kernel that died, or never came to life.
_NO_USE = (HostError, KeyError, OSError, RuntimeError, TimeoutError, web.HTTPError)


WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Ready:
    """A kernel whose page is made.

    Attributes
    ----------
    kernel
        Its id.
    widget
        Id of the widget that is the page.
    language
        Of its page, before its visitor comes.
    """

    kernel: str
    widget: str
    language: str


class ReadyKernels:
    """Some kernels that wait, and are replaced when they are taken.

    Attributes
    ----------
    pictures
        What the widgets of a page are like before its visitor comes, by language. The
        page is always the same, and its widgets have the same names in each kernel.

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
        self._code = ""
        self._waiting: dict[str, list[asyncio.Task[Ready]]] = {}
        self.pictures: dict[str, dict[str, Any]] = {}

    def make(self, code: str) -> None:
        """Have kernels wait from now on in which this code has made the page."""
        self._code = code
        for language in LANGUAGES:
            self._fill(language)

    def holds(self, kernel: str) -> bool:
        """Whether a kernel still waits for a visitor."""
        return any(
            one.done()
            and not one.cancelled()
            and one.exception() is None
            and one.result().kernel == kernel
            for waiting in self._waiting.values()
            for one in waiting
        )

    async def take(self, token: str, language: str, question: str) -> Ready:
        """Return a kernel in which the visit has begun.

        One that died while it waited is passed over.
        """
        for _ in range(READY + 1):  # the last one is new
            prepared = self._next(language)
            # Not now: it would take the processor from the page that is being made.
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._fill, language)
            ready = None
            try:
                ready = await prepared
                begin = f"begin({token!r}, {language!r}, {question!r})"
                await self._say(
                    ready.kernel, f"from enclave_widgets.visit import begin\n{begin}"
                )
            except _NO_USE:
                if ready is not None:
                    await self._forget(ready.kernel)
            else:
                return ready
        raise HostError("No kernel of this dashboard answers. Try again in a moment.")

    def _next(self, language: str) -> asyncio.Task[Ready]:
        """Return the one that waits longest, or a new one.

        Never one of another language. The browser has the picture of this one: in a
        kernel that changes its language, the widgets have other names, and what was
        chosen before it came would reach nothing.
        """
        if not self._waiting.get(language):
            self._fill(language)
        return self._waiting[language].pop(0)

    def _fill(self, language: str) -> None:
        """Have as many kernels started as should wait in a language."""
        waiting = self._waiting.setdefault(language, [])
        if len(waiting) < READY:
            waiting.append(asyncio.ensure_future(self._prepare(language)))

    async def _prepare(self, language: str) -> Ready:
        kernel = await self._start()
        try:
            return await self._make_page(kernel, language)
        except BaseException:
            await self._forget(kernel)
            raise

    async def _make_page(self, kernel: str, language: str) -> Ready:
        """Make the page in a kernel, and take a picture of its widgets."""
        shown: list[str] = []
        states: list[dict[str, Any]] = []

        def note(message: dict[str, Any]) -> None:
            if message["msg_type"] == "display_data":
                data = message["content"]["data"]
                shown.extend(data[kind]["model_id"] for kind in {WIDGET} & data.keys())
                states.extend(data[kind]["state"] for kind in {STATE} & data.keys())

        async with self._client(kernel, iopub=True) as client:
            await client.wait_for_ready(timeout=PATIENCE_SECONDS)
            picture = [] if language in self.pictures else ["show_states()"]
            for code in (_BEFORE.format(language), self._code, *picture):
                reply = await client.execute_interactive(
                    code,
                    store_history=False,
                    allow_stdin=False,
                    timeout=PATIENCE_SECONDS,
                    output_hook=note,
                )
                _check(reply)
        if len(shown) != 1:
            raise HostError("The notebook of this dashboard does not show one widget.")
        for state in states:
            self.pictures[language] = {"widget": shown[0], "state": state}
        return Ready(kernel, shown[0], language)

    async def _say(self, kernel: str, code: str) -> None:
        """Run code of ours in a kernel, before any page can reach it."""
        async with self._client(kernel, iopub=False) as client:
            reply = await client.execute(
                code,
                silent=True,
                store_history=False,
                reply=True,
                timeout=PATIENCE_SECONDS,
            )
        _check(reply)

    @asynccontextmanager
    async def _client(self, kernel: str, *, iopub: bool) -> AsyncIterator[Any]:
        manager = self._manager(kernel)
        if not await manager.is_alive():
            raise HostError("This kernel has ended.")
        client = manager.client()
        client.start_channels(iopub=iopub, stdin=False, hb=False)
        try:
            yield client
        finally:
            client.stop_channels()


def _check(reply: dict[str, Any]) -> None:
    if reply["content"]["status"] != "ok":
        raise HostError(f"A kernel refused: {reply['content'].get('ename')}.")
