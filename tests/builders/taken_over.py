"""The program of a conversion, taken over by somebody who runs code of their own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.airlock.conversion.room import LIMITS, Header, convert
from enclave.errors import InputError
from enclave.sandbox.description import Limits


RAW = b"a,b\n1,x\n"
SMALL = replace(LIMITS, memory_bytes=512 << 20, cpu_seconds=20, wall_seconds=60)
# What a program says that is well-behaved, of the two rows that it wrote.
GOOD = """
import json, os, sys, time
write = lambda text: os.write(int(sys.argv[2]), text)
say = lambda **header: print(json.dumps(header))
names = ["a", "b"]
rows = b'"a","b"\\n"1","x"\\n"2",\\n'
good = dict(format="csv", names=names, declared=["", ""], rows=2)
"""
# Writes something, and then nothing for ever.
STUCK = (sys.executable, "-I", "-c", GOOD + "write(rows)\nwhile True: time.sleep(9)")


def taken_over(folder: Path, code: str, limits: Limits = SMALL) -> Header:
    """Convert with a program of an attacker's."""
    program = (sys.executable, "-I", "-c", GOOD + code)
    target = folder / "upload.csv"
    return convert(folder / "upload", target, program=program, limits=limits)


@contextmanager
def refused(folder: Path, why: str) -> Iterator[None]:
    with pytest.raises(InputError, match=why):
        yield
    assert [one.name for one in folder.iterdir()] == ["upload"]
