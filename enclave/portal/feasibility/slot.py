"""Let answers leave at fixed moments, whatever they say."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from enclave.disclosure.policy import policy


def wait_seconds(elapsed: float, slot_ms: int) -> float:
    """Return how long an answer that took so many seconds has to wait."""
    slot = slot_ms / 1000
    return -elapsed % slot


class SlottedRoute(APIRoute):
    """A route that answers at the end of a time slot, refusals and errors too."""

    def get_route_handler(
        self,
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with a wait at its end."""
        handler = super().get_route_handler()

        async def handler_in_slots(request: Request) -> Response:
            begun = time.monotonic()
            try:
                return await handler(request)
            finally:
                elapsed = time.monotonic() - begun
                await asyncio.sleep(wait_seconds(elapsed, policy().answer_slot_ms))

        return handler_in_slots
