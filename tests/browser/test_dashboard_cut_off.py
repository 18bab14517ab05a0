"""A page of a dashboard whose connection is cut while its kernel is on the way.

The page's own script, and a server that does nothing else: the browser tells its page
nothing of a connection that was cut, so only a real one shows what happens.
"""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from enclave_hub import dashboard
from enclave_hub.dashboard.page import _STILL


pytestmark = pytest.mark.browser

TEMPLATE = Path(dashboard.__file__).parent / "jupyter/voila/templates/enclave"
SCRIPT = (TEMPLATE / "static" / "page.js").read_bytes()
PROMISE = re.search(
    "<script>window.kernelOfVisitor.*?</script>",
    (TEMPLATE / "index.html.j2").read_text("utf-8"),
)
FIRST = f"""<!DOCTYPE html>
<html lang="da"><body><p id="notice" role="alert" hidden></p>
<fieldset id="page"><button>Tæl</button></fieldset>
{PROMISE and PROMISE[0]}
<script id="before" type="application/json">null</script>
<script src="/page.js" async></script>
"""
SAID = "Siden kom ikke hele vejen"


class Cutting(ThreadingHTTPServer):
    """Sends the first part of a page, a sign when told to, and then cuts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.sign, self.cut = Event(), Event()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Cutting

    def do_GET(self) -> None:
        self.close_connection = True
        self.send_response(200)
        if self.path == "/page.js":
            self.send_header("Content-Length", str(len(SCRIPT)))
            self.end_headers()
            self.wfile.write(SCRIPT)
            return
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.part(FIRST)
        self.server.sign.wait()
        self.part(f"{_STILL}<i>signed</i>")
        self.server.cut.wait()

    def part(self, text: str) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text.encode()), text.encode()))

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Cutting]:
    with Cutting() as started:
        Thread(target=started.serve_forever, daemon=True).start()
        yield started
        started.sign.set()
        started.cut.set()
        started.shutdown()


@pytest.fixture
def opened(browser: Browser, server: Cutting) -> Iterator[Page]:
    page = browser.new_page()
    page.clock.install()
    page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="commit")
    page.wait_for_function("window.stillComing !== undefined")
    yield page
    page.close()


def test_a_page_that_is_cut_off_says_so(opened: Page, server: Cutting):
    server.sign.set()
    # Before it is cut: a browser may drop what came last before a cut.
    opened.locator("i").wait_for()
    server.cut.set()
    expect(opened.get_by_role("button")).to_be_enabled()

    opened.clock.fast_forward(31_000)

    expect(opened.get_by_role("alert")).to_contain_text(SAID)
    expect(opened.get_by_role("button")).to_be_disabled()


def test_a_page_whose_server_gives_signs_waits(opened: Page, server: Cutting):
    opened.clock.fast_forward(20_000)
    server.sign.set()
    opened.locator("i").wait_for()
    opened.clock.fast_forward(20_000)

    expect(opened.get_by_role("button")).to_be_enabled()
    expect(opened.get_by_role("alert")).to_be_hidden()
