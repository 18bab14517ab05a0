"""Attacks on the hub, its proxy and the start of a workspace that no other test makes.

The table of all sixty-four is ``enclave/sandbox/red_team.yaml``.
"""

import json
import socket

import httpx
import pytest

from tests.builders.hub import FILES, OTHER, PATIENCE, PROJECT
from tests.builders.hub_person import SCRIPT


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


def _raw(port: int, request: bytes, enough: bytes | None = None) -> bytes:
    """Send bytes to the proxy as no client library would; return what comes back.

    Parameters
    ----------
    enough
        What ends the answer; without it, silence or the end of the connection.
    """
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(request)
        connection.settimeout(PATIENCE if enough else 3)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
                if enough and enough in received:
                    break
        except TimeoutError:
            pass
    return received


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_no_request_is_smuggled_past_the_proxy(enclave, framing):
    hidden = b"GET /hub/api/ HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"POST /hub/login HTTP/1.1\r\nHost: x\r\n" + framing + hidden
    for port in (enclave.port, enclave.workspaces_port):
        assert b'"version"' not in _raw(port, request)


def test_the_hidden_request_would_have_been_answered(enclave):
    seen = b'"version"'
    request = b"GET /hub/api/ HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = _raw(enclave.port, request, enough=seen)
    assert seen in answer, "the test above would show nothing"


@pytest.mark.parametrize(
    "path", ["api/kernels/x/channels", "api/events/subscribe", "lab"]
)
def test_no_websocket_is_opened_without_a_person(workspace, enclave, path):
    port = enclave.workspaces_port
    upgrade = (
        f"GET {workspace.path}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    answer = _raw(port, upgrade.encode(), enough=b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403"), answer


def test_a_token_in_an_address_opens_nothing(workspace, enclave):
    """Not even the one that opens everything where it is shown as it should be."""
    opening = next(iter(enclave.places.openings.iterdir())).read_text()
    token = json.loads(opening)["secret"]
    with httpx.Client(headers=SCRIPT) as stranger:
        answer = stranger.get(f"{workspace.url}/api/contents", params={"token": token})
    assert answer.status_code in {302, 401, 403}


@pytest.mark.parametrize(
    "name",
    ["..", "..%2f..%2fx", "immune-index%00", "A" * 300, "%2d%2dbind", "a;b", "é"],
)
def test_a_server_of_an_odd_name_is_not_started(rikke, name):
    answer = rikke.hub("POST", f"/users/rikke/servers/{name}")
    assert answer.is_error
    assert not rikke.server(name)


def test_options_of_the_person_do_not_reach_the_launcher(rikke):
    rikke.close()
    options = {
        "cmd": ["/bin/sh"],
        "env": {"LD_PRELOAD": "/project/work/evil.so"},
        "mounts": ["/"],
        "args": ["--allow-root"],
    }
    rikke.hub("POST", f"/users/rikke/servers/{PROJECT}", user_options=options)
    said = rikke.open().run(
        "import os; print('LD_PRELOAD' in os.environ, os.path.exists('/root'))"
    )
    assert said == "False False\n"


def test_nothing_changes_without_the_pages_own_token(rikke):
    rikke.http.get("/hub/home")
    for headers in ({}, {"X-XSRFToken": "made-up"}):
        answer = rikke.http.request(
            "POST", f"/hub/api/users/rikke/servers/{PROJECT}", headers=headers
        )
        assert answer.status_code == 403


def test_a_cookie_that_another_page_set_signs_nobody_in(workspace):
    with httpx.Client(headers=SCRIPT) as stranger:
        name = f"jupyterhub-user-rikke-{PROJECT}"
        stranger.cookies.set(name, '"2|1:0|10:1|4:x|8:dGVzdA==|00"', path="/")
        stranger.cookies.set("jupyterhub-session-id", "0" * 32, path="/")
        answer = stranger.get(f"{workspace.url}/api/contents")
    assert answer.status_code in {302, 401, 403}


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_nobody_stops_or_starts_the_workspace_of_another(rikke, anne, method):
    answer = anne.hub(method, f"/users/rikke/servers/{PROJECT}")
    assert answer.status_code in {403, 404}
    assert rikke.server().get("ready")
    assert anne.hub("PATCH", f"/users/anne/servers/{OTHER}", name=PROJECT).is_error


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%09/evil.example/",
        "https:evil.example",
    ],
)
def test_signing_in_leads_nowhere_else(enclave, there):
    with httpx.Client(base_url=enclave.url) as person:
        person.get("/hub/login")
        form = {"username": "rikke", "password": enclave.password}
        form["_xsrf"] = person.cookies.get("_xsrf", path="/hub/")
        answer = person.post("/hub/login", params={"next": there}, data=form)
    assert answer.status_code == 302
    location = answer.headers["location"]
    # A path of this host: a browser takes // and /\\ for another one.
    assert location[0] == "/"
    assert location[1] not in "/\\\t"


@pytest.mark.usefixtures("workspace")
def test_a_hundred_thousand_files_are_counted_and_refused(rikke, enclave):
    """Counted from outside; the bound of the test is smaller than the real one."""
    folder = enclave.settings.projects / PROJECT / "shared" / "work" / "many"
    folder.mkdir()
    rikke.close()
    for number in range(FILES + 50):
        (folder / str(number)).touch()
    try:
        page = rikke.http.get(f"/hub/spawn/rikke/{PROJECT}")
        assert page.status_code == 400
        assert "take more than the" in page.text
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert json.loads(rikke.open().get("api/status").text)["started"]


def test_a_configuration_in_the_home_takes_no_server_over(rikke, workspace):
    """Jupyter would run it beside the server, where the hub's token is."""
    workspace.run(
        "from pathlib import Path\n"
        "line = \"open('/project/work/taken-over', 'w').close()\\n\"\n"
        "for place in ('.jupyter/jupyter_server_config.py',\n"
        "              '.jupyter/jupyterhub-singleuser_config.py',\n"
        "              '.local/lib/python3.11/site-packages/evil.pth',\n"
        "              '.local/lib/python3.11/site-packages/sitecustomize.py'):\n"
        "    file = Path.home() / place\n"
        "    file.parent.mkdir(parents=True, exist_ok=True)\n"
        "    file.write_text('import sys; ' + line if 'pth' in place else line)\n"
    )
    rikke.close()
    again = rikke.open()
    assert again.get("api/contents/work/taken-over").status_code == 404


def test_an_extension_of_the_page_in_the_home_is_not_loaded(rikke, workspace):
    """Its script would run in the page of whoever opens the workspace."""
    workspace.run(
        "import json\n"
        "from pathlib import Path\n"
        "for place in ('.local/share/jupyter', '.jupyter', '.local'):\n"
        "    planted = Path.home() / place / 'labextensions' / 'planted'\n"
        "    (planted / 'static').mkdir(parents=True, exist_ok=True)\n"
        "    (planted / 'static' / 'remoteEntry.js').write_text('planted()')\n"
        "    (planted / 'package.json').write_text(json.dumps({'name': 'planted',\n"
        "        'version': '1.0.0', 'jupyterlab': {'extension': True,\n"
        "        '_build': {'load': 'static/remoteEntry.js'}}}))\n"
    )
    rikke.close()
    again = rikke.open()
    assert "enclave-project" in again.page.text
    assert "planted" not in again.page.text
    entry = "lab/extensions/planted/static/remoteEntry.js"
    assert again.get(entry).status_code in {403, 404}
