"""The archive, attacked from an open workspace: sought, read, changed.

It holds outputs of every project that nobody has checked. None of it is mounted; here
every door that a workspace has is tried all the same.
"""

import pytest

from enclave_widgets.client import PREFIX


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

_NAME, _OUTPUT = "sealed-for-a-test", "an output that nobody has checked"


@pytest.fixture(scope="module")
def archived(enclave):
    """A file of the archive, which is there at the end, unchanged and alone.

    Anybody could read and write it: nothing but the sandbox is to keep them out.
    """
    archive = enclave.settings.archive
    file = archive / _NAME / "outputs.ipynb"
    file.parent.mkdir(parents=True)
    file.write_text(_OUTPUT)
    mode = archive.stat().st_mode
    for open_to_all in (file, file.parent, archive):
        open_to_all.chmod(0o777)
    yield file
    archive.chmod(mode)
    assert file.read_text() == _OUTPUT
    assert list(file.parent.iterdir()) == [file]
    file.unlink()
    file.parent.rmdir()


@pytest.fixture(scope="module")
def attacker(inside, archived):
    """A kernel that knows where everything lies."""
    inside.run(
        "import http.client, os, socket\n"
        f"FILE, FOLDER = {str(archived)!r}, {str(archived.parent)!r}\n"
        f"NAME, OUTPUT = {_NAME!r}, {_OUTPUT!r}"
    )
    return inside


@pytest.mark.parametrize(
    "attempt",
    [
        "open(FILE).read()",
        "open(FILE, 'a')",
        "os.listdir(FOLDER)",
        "open(FOLDER + '/planted', 'w')",
        "os.rename(FOLDER, FOLDER + '-gone')",
        "os.unlink(FILE)",
        "os.link(FILE, '/project/work/linked.ipynb')",
        "open('/proc/1/root' + FILE).read()",
        "open('/proc/self/root' + FILE).read()",
    ],
)
def test_no_path_leads_to_it(attacker, attempt):
    said = attacker.tried(attempt)
    assert said.startswith(("refused FileNotFoundError", "refused PermissionError"))


def test_nothing_of_it_is_found_anywhere(attacker):
    attacker.run("open('/tmp/canary.txt', 'w').write(OUTPUT)")
    found = attacker.run(
        "for folder, inner, names in os.walk('/'):\n"
        "    inner[:] = [] if folder in ('/usr', '/proc', os.sys.prefix) else inner\n"
        "    for path in (os.path.join(folder, each) for each in (*inner, *names)):\n"
        "        try:\n"
        "            holds = os.path.isfile(path) and OUTPUT in open(path,\n"
        "                errors='replace').read()\n"
        "        except OSError:\n"
        "            continue\n"
        "        if holds or NAME in path: print(path)"
    )
    assert found == "/tmp/canary.txt\n"  # it finds what is there


def test_the_server_reads_and_writes_none_of_it(attacker, workspace, archived):
    """What a kernel cannot name, the server might: by a link, or by the way out."""
    attacker.run(
        "for name, target in {'file': FILE, 'folder': FOLDER}.items():\n"
        "    os.symlink(target, '/project/work/linked-' + name)"
    )
    ways = ("work/linked-file", "work/linked-folder/outputs.ipynb", f"../..{archived}")
    body = {"type": "file", "format": "text", "content": "planted"}
    for way in ways:
        read = workspace.get(f"api/contents/{way}", params={"content": 1})
        assert _OUTPUT not in read.text
        workspace.ask("PUT", f"api/contents/{way}", json=body)
        assert archived.read_text() == _OUTPUT
    attacker.run(
        "for name in ('file', 'folder'): os.unlink('/project/work/linked-' + name)"
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/reruns/{_NAME}/1/outputs.ipynb"),
        ("GET", "/reruns/..%2f..%2f/1/outputs.ipynb"),
        ("GET", f"/static/..%2f..%2f..%2farchive%2f{_NAME}%2foutputs.ipynb"),
        ("GET", f"/api/reruns/{_NAME}/1"),
        ("POST", "/api/reruns"),
        ("POST", f"/api/reruns/{_NAME}/1/cancel"),
    ],
)
def test_the_portals_socket_hands_out_and_takes_none_of_it(attacker, method, path):
    said = attacker.run(
        "asking = http.client.HTTPConnection('portal')\n"
        "asking.sock = socket.socket(socket.AF_UNIX)\n"
        "asking.sock.connect(os.environ['ENCLAVE_PORTAL_SOCKET'])\n"
        f"asking.request({method!r}, {PREFIX + path!r}, body=b'{{}}', headers={{\n"
        "    'Authorization': 'Bearer ' + os.environ['ENCLAVE_VISIT_TOKEN'],\n"
        "    'Content-Type': 'application/json'})\n"
        "answer = asking.getresponse()\n"
        "print(answer.status, answer.read().decode())"
    )
    status, text = said.split(" ", 1)
    assert status in {"401", "403", "404"}, said
    assert _OUTPUT not in text
