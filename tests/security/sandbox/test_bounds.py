"""What user code can use up: never more than its sandbox has."""

import dataclasses
import sys
import time
from pathlib import Path

import pytest

from enclave.sandbox.accounts import for_project
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import MEBIBYTE, Limits, Mount
from enclave.sandbox.running import run
from enclave.sandbox.runtime_mounts import python_runtime
from tests.builders.sandbox import a_sandbox, owned, run_shell


pytestmark = pytest.mark.sandbox


def _python(program: str, limits: Limits, **other):
    command = [sys.executable, "-c", program]
    return run(a_sandbox(command, mounts=python_runtime(), limits=limits, **other))


def test_a_fork_bomb_is_bounded_and_leaves_nothing():
    # Linux counts the processes of an account: also what another test has running.
    bomb = dataclasses.replace(
        a_sandbox(
            [
                "/bin/bash",
                "-c",
                "bomb() { bomb | bomb & }; while :; do bomb; sleep .1; done",
            ],
            limits=Limits(processes=40),
        ),
        account=for_project(999_003),
    )
    with launch(bomb) as sandbox:
        namespace = Path(f"/proc/{sandbox.pid}/ns/pid").readlink()
        time.sleep(1.5)
        most = max(_count(namespace) for _ in range(20))
        sandbox.kill()
        left = _count(namespace)

    assert 5 < most <= 40
    assert left == 0


def test_a_bomb_in_one_sandbox_leaves_room_in_another():
    limits = Limits(processes=30, wall_seconds=20)
    bomb = "for i in $(seq 100); do sleep 20 & done; wait"
    with launch(a_sandbox(["/bin/sh", "-c", bomb], limits=limits)):
        time.sleep(0.5)
        other = run_shell("sleep .1 & sleep .1 & wait; echo fine", limits=limits)

    assert other.output == "fine\n"


def test_threads_count_as_processes():
    program = """
import threading
wait, started = threading.Event(), 0
try:
    while True:
        threading.Thread(target=wait.wait, daemon=True).start(); started += 1
except RuntimeError:
    print(started, flush=True)
import os; os._exit(0)
"""
    outcome = _python(program, Limits(processes=25, wall_seconds=60))

    assert 10 < int(outcome.output) < 25


def test_memory_is_bounded_without_a_bound_on_what_is_only_reserved():
    program = """
import mmap
reserved = mmap.mmap(-1, 1 << 34, prot=mmap.PROT_READ)  # 16 GiB, nothing behind it
try:
    bytearray(400 << 20)
except MemoryError:
    print("bounded")
"""
    limits = Limits(memory_bytes=300 * MEBIBYTE, wall_seconds=60)

    assert _python(program, limits).output == "bounded\n"


def test_a_file_is_bounded(tmp_path):
    work = Mount(owned(tmp_path), Path("/work"), writable=True)

    outcome = run_shell(
        "head -c 3M /dev/zero > /work/big; ls /work",
        mounts=(work,),
        limits=Limits(file_bytes=MEBIBYTE, wall_seconds=30),
    )

    assert (tmp_path / "big").stat().st_size == MEBIBYTE
    assert "big" in outcome.output


def test_processor_time_is_bounded():
    outcome = run_shell(
        "while :; do :; done", limits=Limits(cpu_seconds=1, wall_seconds=60)
    )

    assert not outcome.timed_out
    assert outcome.exit_code == 128 + 9


def test_no_limit_can_be_raised_again():
    program = """
import resource as r
for name in ("NPROC", "DATA", "FSIZE", "CORE"):
    kind = getattr(r, "RLIMIT_" + name)
    try:
        r.setrlimit(kind, (r.RLIM_INFINITY, r.RLIM_INFINITY)); print(name, "raised")
    except (ValueError, OSError):
        pass
"""
    limits = Limits(memory_bytes=300 * MEBIBYTE, processes=50, wall_seconds=60)

    assert _python(program, limits).output == ""


def _count(namespace: Path) -> int:
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            inside = (folder / "ns" / "pid").readlink() == namespace
            alive = "\nState:\tZ" not in (folder / "status").read_text()
        except OSError:
            continue
        count += inside and alive
    return count
