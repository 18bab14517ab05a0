"""A load that ends itself, as by ``kill -9``, at one step; run in a process of its own.

Steps are counted over what the process does to the files of the installation.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import build_mapping


STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.link"}


def load(home: Path, source: str, last: int, counted: Any) -> None:
    """Load, and be killed at step ``last``; a queue gets the number of all steps."""
    steps = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal steps
        writes = event == "open" and "w" in str(arguments[1])
        if (event in STEPS or writes) and str(home) in str(arguments[0]):
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    Warehouse(Settings.at(home)).load(source, build_mapping())
    counted.put(steps)


def load_again(home: Path, source: str, rows: int) -> None:
    """Load as if nothing had happened, and check that nothing has."""
    stored = Warehouse(Settings.at(home))
    there_already = len(stored.snapshots()) == 2
    assert lab_rows(stored, 1) == 4

    report = stored.load(source, build_mapping())

    assert report.unchanged is there_already
    assert lab_rows(stored, 2) == rows
    assert lab_rows(stored, 1) == 4
    check_whole(home, stored, loads=2)


def check_whole(home: Path, stored: Warehouse, loads: int) -> None:
    """Every snapshot can be read, and nothing lies about that belongs to none."""
    manifests = stored.snapshots()
    assert [each.number for each in manifests] == list(range(1, loads + 1))
    needed = {
        file
        for each in manifests
        for name in each.tables
        for file in stored.snapshot(each.number).files(name)
    }
    folder = home / "warehouse"
    assert {str(file) for file in folder.glob("tables/*/*.parquet")} == needed
    assert not (folder / "loading").exists()
    assert not list(folder.rglob(".partial-*"))
    for name in ("catalogues", "quarantine"):
        assert len(list((folder / name).iterdir())) == loads


def lab_rows(stored: Warehouse, number: int) -> int:
    with stored.snapshot(number).connect() as engine:
        return len(engine.execute("FROM lab").fetchall())
