"""Wait for what a page does by itself, in the event loop of a test."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    """Let the page work until something is so."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never so: {inspect.getsource(condition).strip()}")
