"""A load that is killed at any moment has happened completely or not at all."""

import multiprocessing
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import FILES, build_mapping, write_source
from tests.integration.warehouse.killed_load import load, load_again


GAINED = "0303700039,2014-01-01,CRP,1,mg/L\n9999999999,2014-01-01,CRP,1,mg/L\n"
SOURCES = {
    "gained": FILES["lab"] + GAINED,
    "changed": FILES["lab"].replace("12.5", "9"),
}
ROWS = {"gained": 5, "changed": 4}


@pytest.fixture(scope="module")
def processes() -> Any:
    """Make processes that are forked from one that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([load.__module__])
    return context


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """An installation with one snapshot, to be copied for every kill."""
    folder = tmp_path_factory.mktemp("loaded")
    first = write_source(folder / "first")
    Warehouse(Settings.at(folder / "home")).load(first, build_mapping())
    for name, text in SOURCES.items():
        write_source(folder / name, lab=text)
    return folder


def run(processes: Any, function: Callable[..., None], *arguments: Any) -> int:
    process = processes.Process(target=function, args=arguments)
    process.start()
    process.join()
    return process.exitcode


@pytest.fixture(scope="module")
def whole(processes, loaded, tmp_path_factory) -> dict[str, tuple[int, float]]:
    """How many steps and seconds a load of each source takes when nobody kills it."""
    counted, found = processes.SimpleQueue(), {}
    for name in SOURCES:
        home = tmp_path_factory.mktemp("whole") / "home"
        shutil.copytree(loaded / "home", home)
        started = time.monotonic()
        assert run(processes, load, home, str(loaded / name), 0, counted) == 0
        found[name] = (counted.get(), time.monotonic() - started)
    return found


# Most of what could go wrong lies at the end, where the snapshot is published.
@pytest.mark.parametrize("steps_before_the_end", [0, 2, 4, 6, 8, 14])
@pytest.mark.parametrize("source", SOURCES)
def test_kill_at_a_step(
    processes, loaded, whole, tmp_path, source, steps_before_the_end
):
    new, home = str(loaded / source), tmp_path / "home"
    shutil.copytree(loaded / "home", home)
    last = whole[source][0] - steps_before_the_end
    assert last > 0

    killed = run(processes, load, home, new, last, processes.SimpleQueue())

    assert killed == -signal.SIGKILL
    assert run(processes, load_again, home, new, ROWS[source]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_kill_at_a_random_moment(processes, loaded, whole, tmp_path, seed):
    new, home = str(loaded / "gained"), tmp_path / "home"
    shutil.copytree(loaded / "home", home)
    share = np.random.default_rng(seed).uniform(0.1, 1)
    arguments = (home, new, 0, processes.SimpleQueue())
    process = processes.Process(target=load, args=arguments)

    process.start()
    time.sleep(share * whole["gained"][1])
    process.kill()
    process.join()

    assert run(processes, load_again, home, new, ROWS["gained"]) == 0
