"""Memory that is gathered in huge pages holds what it held."""

import platform
import secrets
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest


_SIZE = 8 << 20
_GATHERING = """
import hashlib, mmap, sys
from pathlib import Path
from enclave.sandbox import huge_pages
memory = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.write(sys.stdin.buffer.read())
def huge():
    lines = Path("/proc/self/smaps").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if "AnonHugePages" in line)
before = huge()
huge_pages.gather()
print(huge() - before, hashlib.sha256(memory[:]).hexdigest())
"""


def test_it_is_in_fewer_pages_and_the_same():
    content = secrets.token_bytes(_SIZE)
    done = subprocess.run(
        [sys.executable, "-c", _GATHERING],
        input=content,
        capture_output=True,
        check=True,
    )
    gathered, digest = done.stdout.decode().split()
    assert digest == sha256(content).hexdigest()
    if not Path("/sys/kernel/mm/transparent_hugepage").exists():
        pytest.skip("this Linux has no huge pages")
    if tuple(map(int, platform.release().split(".")[:2])) < (6, 1):
        pytest.skip("this Linux gathers nothing when it is asked to")
    assert int(gathered) >= 2048  # KiB
