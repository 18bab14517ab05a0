"""Ask the portal from a cell of a notebook, and wait for the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from enclave_widgets.client import PortalClient


Answer = TypeVar("Answer")
Connect = Callable[[], PortalClient]


def ask_and_wait(
    connect: Connect, how: Callable[[PortalClient], Awaitable[Answer]]
) -> Answer:
    """Ask and wait, in a thread: the notebook's own event loop is running already."""

    async def asked() -> Answer:
        client = connect()
        try:
            return await how(client)
        finally:
            await client.close()

    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, asked()).result()
