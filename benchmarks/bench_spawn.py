"""How long it takes to open a workspace, and what it costs to have many open.

Three comparisons, each side by side in one run, medians of interleaved rounds:

* the same server, forked from the same kind of process, in its sandbox and in none;
* from the click to the Lab page, the enclave and a stock JupyterHub whose local spawner
  starts ``jupyterhub-singleuser`` of the same environment: one, and ten at once;
* the memory of twelve open workspaces with a kernel each.

Run: ``python benchmarks/bench_spawn.py``; about five minutes on two cores.
"""

import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import monotonic

from spawning import bare, enclave_hub, memory, stock_hub


ROUNDS = 5
AT_ONCE = 10
OPEN = 12
ON_PAPER = 50


def main() -> None:
    """Print the ratios, and the figures they come from."""
    chosen = set(sys.argv[1:]) or {"sandbox", "click", "memory"}
    with tempfile.TemporaryDirectory(prefix="spawn-", dir="/tmp") as folder:
        if "sandbox" in chosen:
            _sandbox(Path(folder))
        if chosen & {"click", "memory"}:
            with (
                enclave_hub.running(Path(folder, "enclave"), OPEN) as ours,
                stock_hub.running(Path(folder, "stock"), OPEN) as stock,
            ):
                if "click" in chosen:
                    _clicks(ours, stock)
                if "memory" in chosen:
                    _memory(ours)


def _sandbox(folder: Path) -> None:
    with bare.servers(folder) as (closed, plain):
        for start in (closed, plain):
            start()
        rounds = [(closed(), plain()) for _ in range(2 * ROUNDS + 1)]
    inside, outside = (median(side) for side in zip(*rounds, strict=True))
    print(
        f"server in its sandbox {inside * 1e3:.0f} ms, in none {outside * 1e3:.0f} ms"
    )
    print(f"ratio sandboxed / unsandboxed: {inside / outside:.2f}\n")


def _clicks(ours: enclave_hub.Hub, stock: stock_hub.Hub) -> None:
    hubs = (ours, stock)
    for hub in hubs:  # one each that does not count
        _timed(lambda hub=hub: hub.open(0))
        hub.close(0)
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for hub in hubs:
            times.append(_timed(lambda hub=hub: hub.open(0)))
            hub.close(0)
        rounds.append(times)
    _compare("click to Lab", *(median(side) for side in zip(*rounds, strict=True)))
    together = []
    for hub in hubs:
        together.append(_timed(lambda hub=hub: _all_at_once(hub.open)))
        for person in range(AT_ONCE):
            hub.close(person)
    _compare(f"{AT_ONCE} at once, all there", *together)


def _compare(what: str, ours: float, stock: float) -> None:
    print(f"{what}: enclave {ours:.2f} s, stock JupyterHub {stock:.2f} s")
    print(f"ratio stock / enclave: {stock / ours:.1f}\n", flush=True)


def _memory(ours: enclave_hub.Hub) -> None:
    before = memory.available()
    for person in range(OPEN):
        ours.open(person)
    servers = median(memory.workspaces(ours.pid))
    for person in range(OPEN):
        ours.compute(person)
    kernels = median(memory.workspaces(ours.pid))
    used = before - memory.available()
    base = memory.everything(ours.pid) - OPEN * kernels
    print(f"{OPEN} open, proportional set size of each: {servers:.0f} MiB;")
    print(f"with a kernel that has loaded pandas: {kernels:.0f} MiB")
    print(
        f"the machine's free memory fell by {used:.0f} MiB; the rest takes {base:.0f}"
    )
    print(f"{ON_PAPER} on paper: {(base + ON_PAPER * kernels) / 1024:.1f} GiB")


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
