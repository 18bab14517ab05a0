"""What cannot be done from inside a workspace: each tried, from a real kernel."""

import re

import pandas as pd
import pytest

from tests.builders.hub import MARK, OTHER, PROJECT


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('1.1.1.1', 443), 5)",
        "import socket; socket.create_connection(('127.0.0.1', PORT), 5)",
        "import socket; socket.create_connection(('169.254.169.254', 80), 5)",
        "import socket; socket.create_connection(('::1', PORT), 5)",
        "import socket; socket.getaddrinfo('example.org', 443)",
        (
            "import socket\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.sendto(b'x', ('1.1.1.1', 53))"
        ),
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT/hub/')",
    ],
)
def test_there_is_no_network(inside, enclave, attempt):
    said = inside.tried(attempt.replace("PORT", str(enclave.port)))
    assert said.startswith("refused")


def test_no_host_answers_on_an_abstract_socket(inside):
    said = inside.run("print(open('/proc/net/unix').read())")
    assert "@" not in said


@pytest.mark.parametrize(
    "place",
    [
        "hub/jupyterhub.sqlite",
        "hub/cookie-secret",
        "hub/demo-password",
        "keys/root.key",
        "keys/visit.key",
        "enclave.db",
        "identity",
        "warehouse",
        f"deliveries/{OTHER}",
        f"projects/{OTHER}",
    ],
)
def test_nothing_of_the_installation_is_there(inside, enclave, place):
    path = enclave.settings.home / place
    assert path.exists(), "the test would show nothing"
    said = inside.run(f"import os; print(os.path.exists({str(path)!r}))")
    assert said == "False\n"


def test_no_other_project_key_or_cpr_number_is_anywhere(inside, enclave):
    source = enclave.settings.home / "demo" / "source" / "cpr.parquet"
    numbers = pd.read_parquet(source)["CPR"].astype(str)
    digits = numbers.str.replace(r"\D", "", regex=True).tolist()
    inside.run("open('/tmp/canary.txt', 'w').write('canary')")
    found = inside.run(
        f"numbers = set({digits!r})\n"
        f"marks = [{MARK!r}, {OTHER!r}, 'canary']\n" + _SEARCH
    )
    report = dict(line.split(" ", 1) for line in found.splitlines())
    # It finds what is there, and has looked at the delivery.
    assert report["canary"] == "/tmp/canary.txt"
    assert int(report["files"]) > 20
    assert int(report["cells"]) > 10_000
    assert set(report) == {"canary", "files", "cells"}


_SEARCH = r"""
import os, re
import pyarrow.parquet as parquet
files = cells = 0
ten = re.compile(rb'(?<!\d)(\d{6})-?(\d{4})(?!\d)')
kernels = os.path.realpath(os.sys.prefix)
for folder, inner, names in os.walk('/'):
    inner[:] = [] if folder in ('/usr', '/proc', '/sys', '/dev', kernels) else inner
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        files += 1
        try:
            content = open(path, 'rb').read()
        except OSError:
            continue
        if path.endswith('.parquet'):
            for column in parquet.read_table(path).columns:
                cells += len(column)
                content += ' '.join(map(str, column.to_pylist())).encode()
        for mark in marks:
            if mark.encode() in content or mark in path:
                print(mark, path)
        for day, rest in ten.findall(content):
            if (day + rest).decode() in numbers:
                print('cpr', path)
print('files', files)
print('cells', cells)
"""


def test_the_hubs_token_and_the_server_are_out_of_reach(inside):
    said = inside.run(
        "import os\n"
        "print([n for n in os.environ if 'HUB' in n or n.startswith('JPY')])\n"
        "print(sorted(os.listdir('/run/enclave')))\n"
        "own = {'1', str(os.getpid())}\n"
        "others = [p for p in os.listdir('/proc') if p.isdigit() and p not in own]\n"
        "print([open(f'/proc/{p}/cmdline').read() for p in others])\n"
    )
    environment, sockets, processes = said.splitlines()
    assert environment == "[]"
    # A socket, and a folder where the kernel notes what it reads.
    assert sockets == "['portal', 'readings']"
    assert "nursery" not in processes
    assert "jupyterhub" not in processes


@pytest.mark.parametrize(
    "attempt",
    [
        # A user namespace of one's own: Python 3.11 has no os.unshare.
        (
            "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
            "if libc.unshare(0x10000000): raise OSError(ctypes.get_errno())"
        ),
        "import os; os.chroot('/tmp')",
        "import os; os.mknod('/tmp/null', 0o20666, os.makedev(1, 3))",
        "import os; os.setuid(0)",
        "open('/usr/bin/env', 'ab')",
        "open('/etc/shadow').read()",
        "open('/proc/1/mem', 'rb').read(1)",
    ],
)
def test_no_door_of_the_system_is_open(inside, attempt):
    assert inside.tried(attempt).startswith("refused")


def test_no_secret_is_on_a_command_line_of_the_host(enclave, inside):
    assert inside.run("print('alive')") == "alive\n"
    shown = "\n".join(" ".join(p.cmdline()) for p in enclave.processes())
    assert "enclave_hub.nursery.server" in shown
    assert not re.search(r"token|JUPYTERHUB_|enclave1\.", shown)


def test_the_project_knows_its_name(inside):
    said = inside.run("import os; print(os.environ['ENCLAVE_PROJECT'])")
    assert said == f"{PROJECT}\n"
