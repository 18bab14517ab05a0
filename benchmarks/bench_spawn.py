"""How long it takes to open a workspace, and what it costs to have many open.

usage: python benchmarks/bench_spawn.py [sandbox] [click] [memory] [--page FILE]

Three comparisons, each side by side in one run:

* the same server, forked from the same kind of process, in its sandbox and in none;
* from the click to the Lab page, the enclave and a stock JupyterHub whose local spawner
  starts ``jupyterhub-singleuser`` of the same environment: one, and ten at once;
* the memory of twelve open workspaces with a kernel each.

Both sides of a pair run one after the other, taking turns in being first, and the ratio
is the median of those of the pairs: what else the machine does changes more slowly.
"""

import argparse
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from spawning import bare, enclave_hub, memory, stock_hub
from spawning.page import Measured, Memory, Pairs, written


PARTS = ("sandbox", "click", "memory")
SERVERS, CLICKS, CROWDS = 41, 5, 3
AT_ONCE = 10
OPEN = 12
# For which the nursery has the next spare ready, and what was stopped is gone.
PAUSE = 0.3


def main() -> None:
    """Measure what is wanted, and say which targets were met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS))
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    parts = asked.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part of it: {', '.join(sorted(unknown))}")
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="spawn-", dir="/tmp") as folder:
        if "sandbox" in parts:
            with bare.servers(Path(folder)) as servers:
                measured.server = _pairs(*servers, SERVERS)
        if {"click", "memory"} & set(parts):
            with _hubs(Path(folder)) as (ours, stock):
                if "click" in parts:
                    measured.click = _pairs(_click(ours), _click(stock), CLICKS)
                    measured.crowd = _pairs(_crowd(ours), _crowd(stock), CROWDS)
                if "memory" in parts:
                    measured.memory = _memory(ours)
    page = written(measured)
    print(page)
    if asked.page:
        asked.page.write_text(page, encoding="utf-8")


@contextmanager
def _hubs(folder: Path) -> Iterator[tuple[enclave_hub.Hub, stock_hub.Hub]]:
    with (
        enclave_hub.running(folder / "enclave", OPEN) as ours,
        stock_hub.running(folder / "stock", OPEN) as stock,
    ):
        yield ours, stock


def _pairs(ours: Callable[[], float], other: Callable[[], float], rounds: int) -> Pairs:
    """Measure turn and turn about; the first pair does not count."""
    found = []
    for number in range(rounds + 1):
        order = (ours, other) if number % 2 else (other, ours)
        seconds = {}
        for one in order:
            sleep(PAUSE)
            seconds[one] = one()
        found.append((seconds[ours], seconds[other]))
    return Pairs(found[1:])


def _click(hub: enclave_hub.Hub | stock_hub.Hub) -> Callable[[], float]:
    def click() -> float:
        seconds = _timed(lambda: hub.open(0))
        hub.close(0)
        return seconds

    return click


def _crowd(hub: enclave_hub.Hub | stock_hub.Hub) -> Callable[[], float]:
    def crowd() -> float:
        seconds = _timed(lambda: _all_at_once(hub.open))
        for person in range(AT_ONCE):
            hub.close(person)
        return seconds

    return crowd


def _memory(ours: enclave_hub.Hub) -> Memory:
    before = memory.available()
    for person in range(OPEN):
        ours.open(person)
    servers = median(memory.workspaces(ours.pid))
    for person in range(OPEN):
        ours.compute(person)
    kernels = median(memory.workspaces(ours.pid))
    return Memory(
        count=OPEN,
        server=servers,
        with_kernel=kernels,
        fallen=before - memory.available(),
        rest=memory.everything(ours.pid) - OPEN * kernels,
    )


def _timed(work: Callable[[], None]) -> float:
    begin = monotonic()
    work()
    return monotonic() - begin


def _all_at_once(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
