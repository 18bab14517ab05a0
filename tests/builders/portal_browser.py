"""A portal on loopback, and Chromium on its pages; what it complains about is kept."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from tests.builders.portal import PREFIX


# What a field or a link is called by those who cannot see it.
UNNAMED = """() => [...document.querySelectorAll("a, button, textarea, summary, img")]
  .filter(one => !one.textContent.trim() && !one.labels?.length
                 && one.getAttribute("alt") === null)
  .map(one => one.outerHTML)"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        yield started
        started.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Yield the address of an app."""
    config = uvicorn.Config(
        app, port=0, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        server.should_exit = True
        thread.join()


class Eyes:
    """Opens pages as somebody; keeps what the browser complains about."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._open: dict[tuple[str, int], Page] = {}
        self.complaints: list[str] = []

    def visit(self, who: str, path: str, width: int = 1280) -> Page:
        """Open a page; further pages of one person come in the same window."""
        if (who, width) not in self._open:
            context = self._browser.new_context(
                viewport={"width": width, "height": 800}
            )
            origin = self._address.removesuffix(PREFIX)
            context.add_cookies([{"name": "who", "value": who, "url": origin}])
            page = context.new_page()
            page.on("console", lambda message: self.complaints.append(message.text))
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            self._open[who, width] = page
        page = self._open[who, width]
        page.goto(self._address + path)
        return page

    def close(self) -> None:
        """Close every window."""
        for page in self._open.values():
            page.context.close()


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of a whole page where ``ENCLAVE_PICTURES`` names a folder."""
    folder = os.environ.get("ENCLAVE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
