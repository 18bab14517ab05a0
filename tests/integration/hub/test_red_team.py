"""Attacks on a running hub and an open workspace that no other test makes.

The table of all sixty-four is ``tests/security/red_team.yaml``.
"""

import json
import os
import socket
from urllib.parse import quote

import httpx
import pytest

from tests.builders.hub import OTHER, PROJECT, SCRIPT, Person


pytestmark = [
    pytest.mark.hub,
    pytest.mark.sandbox,
    # Some close the workspace that others are in, so in some orders a few fail. Until
    # each has a workspace of its own, they are made one by one.
    pytest.mark.skipif(
        "ENCLAVE_RED_TEAM" not in os.environ, reason="made by `make red-team`"
    ),
]


@pytest.fixture
def inside(enclave):
    # One of its own for each test: others here close the workspace it runs in.
    person = Person(enclave, "rikke")
    with person.open().kernel() as kernel:
        yield kernel
    person.http.close()


def _tried(inside, attempt):
    """Return the error of an attempt, or that it went well."""
    lines = "\n".join(f"    {line}" for line in attempt.splitlines())
    return inside.run(
        f"try:\n{lines}\nexcept BaseException as error:\n"
        "    print('refused', type(error).__name__, error)\nelse:\n    print('open')"
    )


@pytest.mark.parametrize(
    ("target", "secret"),
    [
        ("/etc/shadow", "root:"),
        ("/proc/self/environ", "TOKEN"),
        ("/proc/1/environ", "TOKEN"),
        ("/proc/self/maps", "r-xp"),
        ("/proc/self/mem", "ELF"),
        ("/run/enclave/hub", "hub.sock"),
    ],
)
def test_a_link_in_the_work_folder_shows_nothing_of_the_server(
    workspace, target, secret
):
    """The contents API follows links with the server's eyes."""
    workspace.run(
        "import os\n"
        "link = '/project/work/link.txt'\n"
        "if os.path.lexists(link): os.unlink(link)\n"
        f"os.symlink({target!r}, link)"
    )
    answer = workspace.get("api/contents/work/link.txt", params={"content": 1})
    assert secret not in answer.text


def test_nothing_is_written_through_a_link_out_of_the_project(workspace):
    workspace.run(
        "import os\n"
        "link = '/project/work/out.txt'\n"
        "if os.path.lexists(link): os.unlink(link)\n"
        "os.symlink('/project/data/planted.txt', link)"
    )
    body = {"type": "file", "format": "text", "content": "x"}
    assert workspace.ask("PUT", "api/contents/work/out.txt", json=body).is_error
    assert workspace.get("api/contents/data/planted.txt").status_code == 404


def test_no_hard_link_leads_to_the_data(inside):
    said = _tried(
        inside,
        "import os, glob\n"
        "source = glob.glob('/project/data/*.parquet')[0]\n"
        "os.link(source, '/project/work/hard')",
    )
    assert said.startswith("refused OSError")


def test_fifos_devices_and_sockets_stop_nobody(workspace):
    """A server that waited for a fifo would be stuck with all its documents."""
    said = workspace.run(
        "import os, socket\n"
        "os.chdir('/project/outbox')\n"
        "for name in ('fifo.txt', 'socket.txt'):\n"
        "    if os.path.lexists(name): os.unlink(name)\n"
        "os.mkfifo('fifo.txt')\n"
        "socket.socket(socket.AF_UNIX).bind('socket.txt')\n"
        "try:\n"
        "    os.mknod('device', 0o60600, os.makedev(254, 0))\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)"
    )
    assert said == "PermissionError\n"
    for name in ("fifo.txt", "socket.txt"):
        answer = workspace.get(f"api/contents/outbox/{name}", timeout=20)
        assert answer.is_error
    assert workspace.get("api/contents/work").status_code == 200
    workspace.run(
        "import os; os.chdir('/project/outbox')\n"
        "os.unlink('fifo.txt'); os.unlink('socket.txt')"
    )


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
        "work/%00/etc/passwd",
        "work/" + "x" * 5000,
        "work/..%2f..%2fetc/passwd",
        "\uff0e\uff0e/etc/passwd",
        "../project-of-another/secret",
    ],
)
def test_no_name_leads_out_of_the_project(workspace, path):
    answer = workspace.get("api/contents/" + quote(path, safe="/%"))
    assert "root:" not in answer.text
    assert "researcher:x:" not in answer.text
    assert answer.is_error or "/api/contents" not in str(answer.url)


def test_no_deleted_file_and_nothing_of_outside_is_still_open_in_a_kernel(inside):
    said = inside.run(
        "import os\n"
        "for number in os.listdir('/proc/self/fd'):\n"
        "    try:\n"
        "        print(os.readlink('/proc/self/fd/' + number))\n"
        "    except OSError:\n"
        "        pass"
    )
    files = [line for line in said.splitlines() if line.startswith("/")]
    assert [f for f in files if "deleted" in f and "/tmp" not in f] == []
    allowed = ("/dev/", "/proc/", "/tmp/", "/home/")
    assert [f for f in files if not f.startswith(allowed)] == []


def test_no_control_group_can_be_written(inside):
    assert inside.run("import os; print(os.path.exists('/sys'))") == "False\n"


def test_no_socket_of_the_machine_is_there_but_the_portals(inside):
    said = inside.run(
        "import os, stat\n"
        "for folder, inner, names in os.walk('/'):\n"
        "    inner[:] = [] if folder in ('/proc', '/usr') else inner\n"
        "    for name in names:\n"
        "        path = os.path.join(folder, name)\n"
        "        try:\n"
        "            if stat.S_ISSOCK(os.lstat(path).st_mode): print(path)\n"
        "        except OSError:\n"
        "            pass"
    )
    sockets = [line for line in said.splitlines() if not line.startswith("/tmp/k-")]
    assert sockets == ["/run/enclave/portal/portal.sock"]


def test_no_package_can_be_fetched_or_sent(inside):
    said = inside.run(
        "import subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-c', 'import urllib.request as u;'\n"
        "    'u.urlopen(\"https://pypi.org/simple/six/\", timeout=5)'],\n"
        "    capture_output=True)\n"
        "print(done.returncode != 0)\n"
        "print(subprocess.run([sys.executable, '-m', 'pip', 'download', 'six'],\n"
        "    capture_output=True).returncode != 0)"
    )
    assert said == "True\nTrue\n"


def _raw(port: int, request: bytes) -> bytes:
    """Send bytes to the proxy as no client library would; return what comes back."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request)
        connection.settimeout(3)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
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
    answer = _raw(enclave.port, b"GET /hub/api/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b'"version"' in answer, "the test above would show nothing"


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
    assert b" 101 " not in _raw(port, upgrade.encode())


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
    assert name not in rikke.hub("GET", "/users/rikke").json()["servers"]


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


def test_a_flood_of_output_leaves_the_server_answering(workspace):
    with workspace.kernel() as kernel:
        kernel.run("for _ in range(200): print('x' * 100_000)")
        assert workspace.get("api/status").status_code == 200


def test_a_hundred_thousand_files_are_counted_and_refused(rikke, enclave):
    """Counted from outside; the bound of the test is smaller than the real one."""
    folder = enclave.settings.projects / PROJECT / "shared" / "work" / "many"
    folder.mkdir(exist_ok=True)
    rikke.close()
    for number in range(FILES_IN_TESTS + 50):
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


FILES_IN_TESTS = 5_000


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
