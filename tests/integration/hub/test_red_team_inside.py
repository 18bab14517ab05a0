"""Attacks from an open workspace, by its kernel and its page, that no other test makes.

None of them closes it. The table of all sixty-four: ``enclave/sandbox/red_team.yaml``.
"""

from urllib.parse import quote

import pytest


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


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
    said = inside.tried(
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


def test_a_flood_of_output_leaves_the_server_answering(workspace):
    with workspace.kernel() as kernel:
        kernel.run("for _ in range(200): print('x' * 100_000)")
        assert workspace.get("api/status").status_code == 200
