"""A Spark cluster on this machine: a master and workers, each a process of its own."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pyspark

from tests.builders.hub import free_port


_PROGRAM = Path(pyspark.__file__).parent / "bin" / "spark-class"
_PATIENCE = 120.0  # seconds


@contextmanager
def spark_cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """Run a cluster; give the master's address when all workers have come."""
    port, page = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as running:
        master = ["--port", str(port), "--webui-port", str(page)]
        running.enter_context(_process("master.Master", master, folder / "master"))
        for number in range(workers):
            worker = ["--cores", "1", "--memory", "1g", address]
            log = folder / f"worker-{number}"
            running.enter_context(_process("worker.Worker", worker, log))
        _wait_for_workers(f"http://127.0.0.1:{page}/json/", workers)
        yield address


@contextmanager
def _process(name: str, arguments: list[str], folder: Path) -> Iterator[None]:
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(_PROGRAM, f"org.apache.spark.deploy.{name}"),
                *("--host", "127.0.0.1"),
                *arguments,
            ],
            env={**os.environ, "SPARK_WORKER_DIR": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_workers(page: str, workers: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            if httpx.get(page).json()["aliveworkers"] == workers:
                return
        except httpx.TransportError:
            pass  # the page is not there yet
        assert time.monotonic() < end, f"{workers} workers did not come"
        time.sleep(0.5)
