"""A filter is not passed by an argument whose upper half Linux does not read."""

import json
import subprocess
import sys

import pytest

from enclave.sandbox.seccomp import number_of


pytestmark = pytest.mark.sandbox

LOADS = """
import ctypes, errno, json, socket, sys
from enclave.sandbox import seccomp
from enclave.sandbox.joining import _filter_calls, forgo_rights
opens, calls = json.loads(sys.argv[1])
socket.socket().detach(), socket.socket(socket.AF_INET6).detach()
programs = seccomp.filters(**opens)
forgo_rights()
for program in programs:
    _filter_calls(program)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
said = []
for call in calls:
    ctypes.set_errno(0)
    answer = libc.syscall(*map(ctypes.c_ulong, call))
    said.append("let pass" if answer >= 0 else errno.errorcode[ctypes.get_errno()])
print(json.dumps(said))
"""

# Those two sockets.
IPV4, IPV6 = 3, 4
OF_ALL = {
    "type into a terminal": ("ioctl", (0, 0x5412), 1),
    "another kind of socket": ("socket", (17, 3, 0), 0),  # AF_PACKET
    "the packet filter by netlink": ("socket", (16, 3, 12), 0),
    "no rights of a namespace": ("clone", (0x10000000 | 17,), 0),
}
OF_PARENTS = {
    "a file's signal": ("fcntl", (0, 10, 18), 1),
    "a folder watched": ("fcntl", (0, 1026, 1), 1),
    "a parent's end": ("prctl", (1, 18), 0),
    "a parent's end, its signal": ("prctl", (1, 18), 1),
    "a raw socket": ("socket", (2, 3, 1), 0),
    "a raw socket, its kind": ("socket", (10, 3, 1), 1),
    "netlink": ("socket", (16, 3, 0), 0),
    "network devices": ("ioctl", (IPV4, 0x8912), 1),
    "the packet filter, its level": ("setsockopt", (IPV4, 0, 64, 0, 0), 1),
    "the packet filter, its option": ("setsockopt", (IPV4, 0, 64, 0, 0), 2),
    "another of its options": ("setsockopt", (IPV4, 0, 96, 0, 0), 2),
    "a negative option": ("setsockopt", (IPV4, 0, 0xFFFFFFFF, 0, 0), 2),
    "that of IPv6": ("setsockopt", (IPV6, 41, 65, 0, 0), 1),
    "that of IPv6, its option": ("setsockopt", (IPV6, 41, 64, 0, 0), 2),
    "a child's end": ("clone", (18,), 0),
}
REFUSED = {"EPERM", "EAFNOSUPPORT", "EOPNOTSUPP", "ENOTSUP"}  # the last two are one
KERNEL = {"allow_nested": False}
WORKSPACE = {"allow_nested": True}
PARENT = {"allow_nested": False, "may_join": True}


def _said(opens: dict[str, bool], calls: list[list[int]]) -> list[str]:
    told = json.dumps([opens, calls])
    said = subprocess.run(
        [sys.executable, "-c", LOADS, told], capture_output=True, check=True
    )
    return json.loads(said.stdout)


@pytest.mark.parametrize(
    ("opens", "tried"),
    [
        (KERNEL, OF_ALL),
        (WORKSPACE, {k: c for k, c in OF_ALL.items() if c[0] != "clone"}),
        (PARENT, {**OF_ALL, **OF_PARENTS}),
    ],
    ids=["kernel", "workspace", "parent"],
)
def test_what_is_refused_is_refused_with_any_upper_half(opens, tried):
    calls = []
    for name, given, place in tried.values():
        high = [*given]
        high[place] |= 1 << 32
        calls += [[number_of(name), *given], [number_of(name), *high]]

    said = _said(opens, calls)

    let_pass = {
        call: (plain, high)
        for call, plain, high in zip(tried, said[::2], said[1::2], strict=True)
        if not {plain, high} <= REFUSED
    }
    assert let_pass == {}


def test_what_programs_do_with_options_of_sockets_they_may():
    on = [["setsockopt", IPV4, 6, 1], ["setsockopt", IPV4, 0, 10]]  # no delay, IP_MTU
    calls = [[number_of(name), *given, 0, 0] for name, *given in on]
    assert not set(_said(PARENT, calls)) & REFUSED
