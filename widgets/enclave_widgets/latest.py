"""Let only the newest of several requests be seen.

Answers come back in any order. Each request gets a number; an answer whose number is
not the newest is dropped, so that a slow old one never overwrites a quick new one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar


Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Request(Generic[Answer]):
    """Something to ask, and what to do with what comes back.

    Attributes
    ----------
    ask
        Asks; not called if something newer comes up during the pause before it.
    show, fail
        Called with the answer or the error, if the request is still the newest.
    pause
        Seconds to wait before asking.
    """

    ask: Callable[[], Awaitable[Answer]]
    show: Callable[[Answer], None]
    fail: Callable[[Exception], None]
    pause: float = 0.0


class Latest(Generic[Answer]):
    """Runs requests of one kind; the newest wins."""

    def __init__(self) -> None:
        self._number = 0
        self._running: set[asyncio.Task[None]] = set()

    def start(self, request: Request[Answer]) -> None:
        """Take up a request in the running event loop, and return at once."""
        self._number += 1
        task = asyncio.get_running_loop().create_task(self._run(self._number, request))
        # The loop itself keeps only a weak reference.
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def forget(self) -> None:
        """Drop whatever is still to come."""
        self._number += 1

    @property
    def busy(self) -> bool:
        """Whether anything is under way, also what will be dropped."""
        return bool(self._running)

    async def _run(self, number: int, request: Request[Answer]) -> None:
        await asyncio.sleep(request.pause)
        if number != self._number:
            return
        try:
            answer = await request.ask()
        except Exception as error:  # noqa: BLE001 - or the page would wait for ever
            if number == self._number:
                request.fail(error)
            return
        if number == self._number:
            request.show(answer)
