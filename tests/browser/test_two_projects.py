"""Two projects of one person are open: a page of the one reaches nothing of the other.

Over loopback both are on one origin, and the browser would send the cookie of the other
along: only what the front tells the browser keeps them apart.
"""

import pytest

from tests.builders.hub import OTHER, SECOND, open_lab, sign_in


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

THERE = f"/user/anne/{SECOND}"


@pytest.fixture(scope="module")
def both(browser, enclave):
    """The frames of both workspaces, and the addresses that answered to each."""
    context = browser.new_context()
    context.set_default_timeout(240_000)
    one, two = context.new_page(), context.new_page()
    for page, project in ((one, OTHER), (two, SECOND)):
        if page is one:
            sign_in(page, enclave, "anne")
        open_lab(page, enclave, "anne", project)
        page.answered = []
        page.on("response", lambda answer, page=page: page.answered.append(answer.url))
    yield one, two
    context.close()


WAYS = {
    "read": "return (await fetch('THERE/api/contents/work')).status",
    "write": (
        "return (await fetch('THERE/api/contents/work/x', {method: 'PUT', body:"
        " JSON.stringify({type: 'file', format: 'text', content: 'x'})})).status"
    ),
    "run": "return (await fetch('THERE/api/kernels', {method: 'POST'})).status",
    "beacon": "return String(navigator.sendBeacon('THERE/api/kernels', '{}'))",
    "socket": (
        "return await new Promise(r => { const s = new WebSocket("
        "'ws://' + location.host + 'THERE/api/events/subscribe');"
        " s.onopen = () => r(200); s.onerror = () => r('refused') })"
    ),
    "script": "return Object.keys(await import('THERE/lab/api/themes/x.js')).length",
    "worker": (
        "const code = `onmessage = () => fetch(location.origin + 'THERE/api/contents')"
        ".then(a => postMessage(a.status), e => postMessage('refused'))`;"
        " const w = new Worker(URL.createObjectURL(new Blob([code])));"
        " return await new Promise(r => { w.onmessage = e => r(e.data);"
        " w.onerror = () => r('refused'); w.postMessage(0) })"
    ),
    "frame": (
        "const f = document.createElement('iframe'); f.src = 'THERE/lab';"
        " document.body.append(f); await new Promise(r => setTimeout(r, 1500));"
        " try { return f.contentDocument.body.innerText && 200 }"
        " catch (e) { return 'refused' } finally { f.remove() }"
    ),
    "frame of a document": (
        "const f = document.createElement('iframe'); f.srcdoc = '<p>';"
        " document.body.append(f); await new Promise(r => { f.onload = r });"
        " try { return (await f.contentWindow.fetch('THERE/api/contents')).status }"
        " catch (e) { return 'refused' } finally { f.remove() }"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_the_one_reaches_nothing_of_the_other(both, way):
    one, _ = both
    one.answered.clear()
    said = one.frames[1].evaluate(
        "async () => { try { "
        + WAYS[way].replace("THERE", THERE)
        + " } catch (e) { return 'refused' } }"
    )
    one.wait_for_timeout(500)
    assert said not in {200, 201}
    assert [url for url in one.answered if THERE in url] == [], said


def test_a_page_of_the_other_reads_what_is_its_own(both):
    _, two = both
    script = WAYS["read"].replace("THERE", THERE)
    assert two.frames[1].evaluate(f"async () => {{ {script} }}") == 200
